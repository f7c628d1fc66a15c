# The source of a path package for one of its units: the package's files that the unit may read, and the files outside.
#
# buildShell: see build-shell.nix
# root, folder: directories of the workspace and of the package, as text
# facts: a crate's facts
# files: the requested files of package-tree.nix; included: see included-files.nix
# outside: absolute paths, as text, of files read from outside the package
# standIns: absolute path -> text of a manifest that replaces another one (inherited-manifest.nix)
#
# Returns { src; dir; } (crate-source.nix). The store path does not depend on where the checkout is.
{
  buildShell,
  root,
  folder,
  facts,
  files,
  included,
  outside,
  standIns,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    foldl'
    listToAttrs
    pathExists
    readDir
    readFile
    ;
  inherit (import ../lib/text.nix)
    isIn
    parts
    relativeTo
    set
    ;
  name = "${facts.storeName}-${facts.version}-src";
  # Includes the directories above them; empty directories would reveal files that are left out.
  wanted = set (concatMap (file: withFolders file.relative) files);
  withFolders = path: if path == "." then [ ] else [ path ] ++ withFolders (dirOf path);
  copy =
    name: path: filter:
    builtins.path {
      inherit name filter;
      path = /. + path;
    };
  package = copy name folder (
    path: _:
    let
      relative = relativeTo folder path;
    in
    wanted ? ${relative} || included.isWanted relative
  );

  # Keeps the checkout's layout. The checkout and the directories above it are called `up`, as far as they matter.
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
    go (parts root) (parts path);
  places = map fromRoot ([ folder ] ++ outside);
  height = foldl' (most: place: if place.ups > most then place.ups else most) 0 places;
  locate =
    path:
    let
      place = fromRoot path;
      names = builtins.genList (_: "up") (height - place.ups) ++ place.down;
    in
    builtins.concatStringsSep "/" names;

  # Nix copies a symlink as a symlink but reads through it: text by file, directories by their entries.
  links = filter (
    file: file.type == "symlink" && pathExists file.path && (isFolder file.path || isText file.path)
  ) files;
  isFolder = path: pathExists "${path}/.";
  isText =
    path:
    builtins.match ".*[.](c|cc|cpp|graphql|h|hpp|json|md|proto|rs|sh|sql|toml|txt|yaml|yml)" path
    != null;
  throughLink =
    { path, relative, ... }:
    let
      entries = readDir path;
      location = "${locate folder}/${relative}";
    in
    if isFolder path then
      map (entry: {
        name = "${location}/${entry}";
        value = copy "file" "${path}/${entry}" (_: _: true);
      }) (filter (entry: entries.${entry} != "symlink") (attrNames entries))
    else
      [
        {
          name = location;
          value = builtins.toFile "file" (readFile path);
        }
      ];
  # Manifests that are present are not replaced.
  isBrought = isIn (outside ++ map (file: file.path) files);
  pieces = listToAttrs (
    concatMap throughLink links
    ++ map (path: {
      name = locate path;
      value = builtins.toFile "Cargo.toml" standIns.${path};
    }) (filter (path: !(isBrought path)) (attrNames standIns))
    ++ map (path: {
      name = locate path;
      value = copy "file" path (path: _: baseNameOf path != "target" && baseNameOf path != ".git");
    }) outside
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
      name = "crate-${name}";
      preferLocalBuild = true;
      inherit package pieces;
      script = ./join-source.sh;
      location = locate folder;
      links = map (file: "${locate folder}/${file.relative}") links;
    };
    dir = locate folder;
  }
