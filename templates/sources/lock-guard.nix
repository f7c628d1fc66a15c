# Tells whether Cargo.nix is still of the workspace that it was generated from, by hashes of two kinds of files.
#
# directory: of the workspace; lockfile, manifests: paths in it
# lockHash: SHA-256 of the lockfile, which holds for every byte: cargo writes the file
# requests: manifest path -> hash of the lines that ask for dependencies and features, in any order, without comments and
#   spaces; src/nix/plan/manifest-requests.ts makes the same
# Returns { isOther; changedManifests; }: whether the lockfile is another one, and which manifests ask for something else.
# A file that is absent says nothing: a source may be filtered.
{
  directory,
  lockfile,
  lockHash,
  requests,
}:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    filter
    foldl'
    hashFile
    hashString
    isString
    lessThan
    pathExists
    readFile
    replaceStrings
    sort
    split
    substring
    ;
  fileAt = path: directory + "/${path}";

  holdsRequests =
    header:
    replaceStrings [ "dependencies" "features" "patch" "replace" ] [ "" "" "" "" ] header != header;
  # The lines of the tables that matter, each behind its table's header.
  readLine =
    { header, lines }:
    line:
    let
      first = substring 0 1 line;
    in
    if first == "" || first == "#" then
      { inherit header lines; }
    else if first == "[" then
      {
        inherit lines;
        header = line;
      }
    else if holdsRequests header then
      {
        inherit header;
        lines = lines ++ [ "${header}${line}" ];
      }
    else
      { inherit header lines; };
  requestsOf =
    text:
    let
      lines = filter isString (split "\n" (replaceStrings [ " " "\t" "\r" ] [ "" "" "" ] text));
      read = foldl' readLine {
        header = "";
        lines = [ ];
      } lines;
    in
    substring 0 16 (hashString "sha256" (concatStringsSep "\n" (sort lessThan read.lines)));
in
{
  isOther = pathExists (fileAt lockfile) && hashFile "sha256" (fileAt lockfile) != lockHash;
  changedManifests = filter (
    path: pathExists (fileAt path) && requestsOf (readFile (fileAt path)) != requests.${path}
  ) (attrNames requests);
}
