# The files and directories that `include` in [package.metadata.cargo2nix] names.
#
# folder: the package's directory, as text
# patterns: paths relative to it, with `*`, `?` and `**` (any number of directories)
# pname: the package's name, for errors
# Returns
#   outside: list of absolute paths, as text; inside: list of paths relative to the package
#   isWanted: path in the package -> bool: it is named, below a named path, or a directory above one
{
  folder,
  patterns,
  pname,
}:
let
  inherit (builtins)
    any
    attrNames
    concatMap
    filter
    head
    match
    pathExists
    readDir
    replaceStrings
    tail
    ;
  inherit (import ../lib/text.nix)
    isBelow
    isIn
    parts
    relativeTo
    ;
  isGlob = part: match ".*[*?].*" part != null;
  literally = import ../lib/literal-regex.nix;
  regexOf =
    part:
    replaceStrings
      [
        "[*]"
        "[?]"
      ]
      [
        ".*"
        "."
      ]
      (literally part);
  # Next to a checkout in the Nix store are other store paths, which Nix does not look for.
  isThere = path: dirOf path != builtins.storeDir && pathExists path;
  isFolder = path: path != builtins.storeDir && pathExists "${path}/.";
  isPassedOver = name: name == ".git" || name == "target";
  entriesOf =
    path: if isFolder path then filter (name: !(isPassedOver name)) (attrNames (readDir path)) else [ ];

  found =
    path: parts:
    if parts == [ ] then
      [ path ]
    else
      let
        part = head parts;
        rest = tail parts;
        child = name: "${path}/${name}";
      in
      if part == ".." then
        found (dirOf path) rest
      else if part == "**" then
        found path rest
        ++ concatMap (name: if isFolder (child name) then found (child name) parts else [ ]) (
          entriesOf path
        )
      else if isGlob part then
        concatMap (name: found (child name) rest) (
          filter (name: match (regexOf part) name != null) (entriesOf path)
        )
      else if isThere (child part) then
        found (child part) rest
      else
        [ ];
  filesOf =
    pattern:
    let
      files = found folder (parts pattern);
    in
    if files == [ ] then
      throw "cargo2nix-ts: no file is at '${pattern}', which `include` in [package.metadata.cargo2nix] of '${pname}' names. Correct it there (it starts from the package's folder), or create the file; then run `cargo2nix-ts generate`."
    else
      files;
  named = builtins.partition (isBelow folder) (concatMap filesOf patterns);
  inside = map (relativeTo folder) named.right;
in
{
  inherit inside;
  outside = named.wrong;
  isWanted = path: isIn inside path || any (isBelow path) inside;
}
