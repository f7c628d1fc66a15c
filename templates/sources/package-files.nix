# Which files of a path package belong to its source.
#
# root: the workspace's directory, as text; folder: the package's
# generated: the directory that contains Cargo.nix, which no unit reads
# dropped: paths relative to the package's directory that do not belong to it
#
# As in git, .gitignore files apply from the workspace's directory down to each file's own. Overrides known only to git
# (a file added by force, .git/info/exclude) are invisible to evaluation.
# Returns a predicate for builtins.path: path as text, type -> bool.
{
  root,
  folder,
  generated,
  dropped,
}:
let
  inherit (builtins)
    foldl'
    pathExists
    readFile
    ;
  inherit (import ../lib/text.nix)
    isIn
    relativeTo
    set
    ;
  isDropped = set dropped;

  rulesOf =
    folder:
    let
      file = folder + "/.gitignore";
    in
    if pathExists file then
      [
        {
          directory = folder;
          says = import ./ignore-rules.nix (readFile file);
        }
      ]
    else
      [ ];
  isAbove = isIn [ root ] folder;
  # Rules of all directories from the workspace's down to this one; the last matching rule wins.
  rulesDownTo =
    path: if path == root || !isAbove then rulesOf path else rulesDownTo (dirOf path) ++ rulesOf path;
  rulesOfPackage = rulesDownTo folder;
  # Few packages have additional .gitignore files in subdirectories.
  rulesFor = path: if path == folder then rulesOfPackage else rulesFor (dirOf path) ++ rulesOf path;

  isIgnored =
    path: type:
    foldl' (
      ignored: rules:
      let
        said = rules.says (relativeTo rules.directory path) (type == "directory");
      in
      if said == null then ignored else said
    ) false (rulesFor (dirOf path));
in
path: type:
let
  relative = relativeTo folder path;
in
!(isDropped ? ${relative})
&& baseNameOf path != ".git"
&& baseNameOf path != ".gitignore"
&& path != generated
# symlinks that nix-build creates
&& !(type == "symlink" && builtins.match "result(-.*)?" relative != null)
&& type != "unknown"
&& !(isIgnored path type)
