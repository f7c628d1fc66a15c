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
    listToAttrs
    pathExists
    readFile
    stringLength
    substring
    ;
  isDropped = listToAttrs (
    map (name: {
      inherit name;
      value = null;
    }) dropped
  );

  rulesOf =
    folder:
    let
      file = folder + "/.gitignore";
    in
    if pathExists file then
      [
        {
          start = stringLength folder + 1;
          says = import ./ignore-rules.nix (readFile file);
        }
      ]
    else
      [ ];
  isAbove = root == folder || substring 0 (stringLength root + 1) folder == "${root}/";
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
        said = rules.says (substring rules.start (-1) path) (type == "directory");
      in
      if said == null then ignored else said
    ) false (rulesFor (dirOf path));
in
path: type:
let
  relative = substring (stringLength folder + 1) (-1) path;
in
!(isDropped ? ${relative})
&& baseNameOf path != ".git"
&& baseNameOf path != ".gitignore"
&& path != generated
# what nix-build leaves behind
&& !(type == "symlink" && builtins.match "result(-.*)?" relative != null)
&& type != "unknown"
&& !(isIgnored path type)
