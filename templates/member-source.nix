# The source of a path package: its folder without what its units do not read.
#
# root: the workspace's folder
# generated: the folder that holds Cargo.nix, which no unit reads
# facts: a crate's facts
# targetFolders: those of `tests`, `benches` and `examples` to keep
#
# The store path's name says nothing about the checkout, so that two checkouts share it.
{
  root,
  generated,
  facts,
  targetFolders,
}:
let
  folder = if facts.path == "." then root else root + "/${facts.path}";
  prefix = "${toString folder}/";
  prefixLength = builtins.stringLength prefix;
  dropped =
    builtins.filter (name: !builtins.elem name targetFolders) [
      "tests"
      "benches"
      "examples"
    ]
    ++ [
      "target"
      "Cargo.lock"
    ];
  isDropped = builtins.listToAttrs (
    map (name: {
      inherit name;
      value = null;
    }) (dropped ++ facts.exclude)
  );
  keep =
    path: type:
    let
      relative = builtins.substring prefixLength (-1) path;
      name = baseNameOf path;
    in
    !(isDropped ? ${relative}) && name != ".git" && path != generated && type != "unknown";
in
builtins.path {
  name = "${facts.pname}-${facts.version}-src";
  path = folder;
  filter = keep;
}
