# Functions on text, paths as text, and attribute sets that builtins lack. Names match nixpkgs' `lib` where it has them.
let
  inherit (builtins)
    any
    filter
    isString
    listToAttrs
    replaceStrings
    split
    stringLength
    substring
    ;
in
rec {
  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    let
      start = stringLength text - stringLength suffix;
    in
    start >= 0 && substring start (-1) text == suffix;
  # A plain search is much cheaper than a regular expression.
  containsAny = parts: text: replaceStrings parts (map (_: "") parts) text != text;
  contains = part: containsAny [ part ];
  dropFirst = count: substring count (-1);

  # The components of a path. Does not resolve `..`.
  parts = path: filter (part: isString part && part != "" && part != ".") (split "/" path);
  # A path inside a directory -> the same path, relative to that directory.
  relativeTo = directory: dropFirst (stringLength directory + 1);
  isBelow = directory: hasPrefix "${directory}/";
  # Whether the path is one of these, or below one of them.
  isIn = paths: path: any (above: path == above || isBelow above path) paths;

  genAttrs =
    names: f:
    listToAttrs (
      map (name: {
        inherit name;
        value = f name;
      }) names
    );
  # A set to query for names with `?`.
  set = names: genAttrs names (_: null);
}
