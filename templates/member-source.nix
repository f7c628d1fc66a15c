# The source of a path package: its folder without what its units do not read, and what they read outside of it.
#
# buildShell: see build-shell.nix
# root: the workspace's folder
# generated: the folder that holds Cargo.nix
# facts: a crate's facts
# dropped: paths in the package that are not wanted
#
# Returns { src; dir; } (crate-source.nix). The store path says nothing about where the checkout lies.
{
  buildShell,
  root,
  generated,
  facts,
  dropped,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    foldl'
    isString
    listToAttrs
    pathExists
    readDir
    readFile
    split
    stringLength
    substring
    ;
  folder = toString (if facts.path == "." then root else root + "/${facts.path}");
  filesOf =
    folder: dropped:
    import ./package-files.nix {
      root = toString root;
      inherit folder generated dropped;
    };
  keeps = filesOf folder (dropped ++ facts.exclude);
  name = "${facts.pname}-${facts.version}-src";
  copy =
    name: path: filter:
    builtins.path {
      inherit name filter;
      path = /. + path;
    };
  package = copy name folder keeps;
  outside = import ./outside-files.nix { inherit folder keeps; };

  # Everything lies as it does in the checkout, whose folder and those above it are called `up` as far as they matter.
  partsOf = path: filter (part: isString part && part != "") (split "/" path);
  fromRoot =
    path:
    let
      go =
        from: to:
        if from != [ ] && to != [ ] && builtins.head from == builtins.head to then
          go (builtins.tail from) (builtins.tail to)
        else
          {
            ups = builtins.length from;
            down = to;
          };
    in
    go (partsOf (toString root)) (partsOf path);
  places = map fromRoot ([ folder ] ++ outside.paths);
  height = foldl' (most: place: if place.ups > most then place.ups else most) 0 places;
  locate =
    path:
    let
      place = fromRoot path;
      names = builtins.genList (_: "up") (height - place.ups) ++ place.down;
    in
    builtins.concatStringsSep "/" names;

  # Nix copies a link as a link, but reads through it: text file by file, folders by their entries.
  textEndings = [
    "c"
    "cc"
    "cpp"
    "graphql"
    "h"
    "hpp"
    "json"
    "md"
    "proto"
    "rs"
    "sh"
    "sql"
    "toml"
    "txt"
    "yaml"
    "yml"
  ];
  isText = path: builtins.any (ending: hasEnding ".${ending}" path) textEndings;
  hasEnding = ending: path: substring (stringLength path - stringLength ending) (-1) path == ending;
  throughLink =
    relative:
    let
      path = "${folder}/${relative}";
      entries = readDir path;
      location = "${locate folder}/${relative}";
    in
    if pathExists "${path}/." then
      map (entry: {
        name = "${location}/${entry}";
        value = copy "file" "${path}/${entry}" (_: _: true);
      }) (filter (entry: entries.${entry} != "symlink") (attrNames entries))
    else if isText path then
      [
        {
          name = location;
          value = builtins.toFile "file" (readFile path);
        }
      ]
    else
      [ ];
  pieces = listToAttrs (
    concatMap throughLink outside.links
    ++ map (path: {
      name = locate path;
      value = copy "file" path (filesOf path [ "target" ]);
    }) outside.paths
  );
in
if pieces == { } then
  {
    src = package;
    dir = "";
  }
else
  {
    src = buildShell {
      inherit name package pieces;
      script = ./join-source.sh;
      location = locate folder;
    };
    dir = locate folder;
  }
