# Returns a value, or fails evaluation if Cargo.nix belongs to another lockfile. Notes name the manifests that have changed.
#
# root: the workspace's directory
# isIgnored: skip all checks
# lockfile: its path relative to root
# lockHash: SHA-256 of the lockfile from which Cargo.nix was generated, with line feeds alone as line ends
# manifests: path of a manifest -> hash of its lines, each with the table it is in, in any order; spaces, full-line comments
#   and tables of other tools do not count. src/nix/plan/workspace-hashes.ts computes the same
{
  root,
  isIgnored,
  lockfile,
  lockHash,
  manifests,
}:
value:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    filter
    foldl'
    hashFile
    hashString
    head
    isString
    lessThan
    pathExists
    readFile
    replaceStrings
    sort
    split
    substring
    tail
    trace
    ;
  inherit (import ../lib/text.nix) contains hasPrefix;
  splitAt = pattern: text: filter isString (split pattern text);
  note = value: text: trace "cargo2nix-ts: ${text}" value;

  isOfOtherTool =
    table:
    let
      name = replaceStrings [ "[" ] [ "" ] table;
      isMetadata = hasPrefix "package.metadata." name || hasPrefix "workspace.metadata." name;
    in
    hasPrefix "badges" name || (isMetadata && !contains ".metadata.cargo2nix" name);
  linesOf =
    table:
    let
      lines = splitAt "\n" table;
    in
    if isOfOtherTool (head lines) then
      [ ]
    else
      map (line: "${head lines}${line}") (
        filter (line: line != "" && substring 0 1 line != "#") (tail lines)
      );
  hashOf =
    text:
    let
      withoutSpaces = replaceStrings [ " " "\t" "\r" ] [ "" "" "" ] text;
      lines = concatMap linesOf (splitAt "\n\\[" "\n${withoutSpaces}");
    in
    substring 0 16 (hashString "sha256" (concatStringsSep "\n" (sort lessThan lines)));

  # A missing manifest proves nothing: the source may be filtered.
  hasChanged =
    path:
    let
      file = root + "/${path}";
    in
    pathExists file && hashOf (readFile file) != manifests.${path};
  withNotes = foldl' (
    value: path:
    note value "${path} is not as it was when nix/Cargo.nix was generated: run `cargo2nix-ts generate`"
  ) value (filter hasChanged (attrNames manifests));

  file = root + "/${lockfile}";
  # A checkout on Windows may have changed the line ends. Reading it again is for that case alone.
  hashOfLines = hashString "sha256" (replaceStrings [ "\r\n" ] [ "\n" ] (readFile file));
in
if isIgnored then
  value
else if !pathExists file then
  note withNotes "there is no ${lockfile} in ${toString root}, so nix/Cargo.nix is not checked against it; a flake has only the files that git tracks"
else if hashFile "sha256" file == lockHash || hashOfLines == lockHash then
  withNotes
else
  throw ''
    cargo2nix-ts: ${lockfile} is not the one that nix/Cargo.nix was generated from, so this would build what was locked before.
    Run `cargo2nix-ts generate`, or pass `ignoreLockHash = true` to build it all the same.''
