# Whether a path is one of several, or below one of them.
#
# paths: relative, as is the path asked for
paths: path:
builtins.any (
  above: path == above || builtins.substring 0 (builtins.stringLength above + 1) path == "${above}/"
) paths
