# Which files of a path package are its source.
#
# root: the workspace's folder, as text; folder: the package's
# generated: the folder that holds Cargo.nix, which no unit reads
# dropped: paths relative to the package's folder that are not its own
#
# .gitignore files count from the workspace's folder down to each file's own, as in git; what git itself was told
# otherwise (a file added by force, .git/info/exclude) is not known at evaluation.
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
  # Rules of all folders from the workspace's down to one; the last that applies decides.
  rulesDownTo =
    path: if path == root || !isAbove then rulesOf path else rulesDownTo (dirOf path) ++ rulesOf path;
  rulesOfPackage = rulesDownTo folder;
  # Few packages have further .gitignore files below their own folder.
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
# what nix-build leaves behind
&& !(type == "symlink" && builtins.match "result(-.*)?" relative != null)
&& type != "unknown"
&& !(isIgnored path type)
