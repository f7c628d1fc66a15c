# The workspace paths of all targets of a package, whether or not they are compiled: cargo checks that they exist.
#
# targetRoots: crate roots of its targets by `kind:name` (target-roots.nix)
{ facts, targetRoots }:
map (name: if facts.path == "." then name else "${facts.path}/${name}") (
  (if facts.lib == false then [ ] else [ facts.lib ])
  ++ (if facts.build == null then [ ] else [ facts.build ])
  ++ builtins.attrValues targetRoots
)
