# The licences and readmes of released packages.
#
# root: the workspace; packages: facts of each
# Returns path in an archive -> file. What a package has in its own directory is in one named after it, if there are several.
{
  root,
  packages,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    length
    listToAttrs
    match
    pathExists
    readDir
    ;
  inherit (import ../lib/text.nix) hasPrefix;
  letters = import ../lib/letters.nix;
  isLicence =
    name:
    match "(un)?licen[cs]e([-._].*)?|copying([-._].*)?|copyright([-._].*)?|notice([-._].*)?" (
      builtins.replaceStrings letters.upper letters.lower name
    ) != null;
  filesIn =
    folder:
    let
      entries = readDir folder;
    in
    filter (name: entries.${name} == "regular" || entries.${name} == "symlink") (attrNames entries);
  isSingle = length packages == 1;

  documentsOf =
    facts:
    let
      folder = root + "/${facts.path or "."}";
      isRoot = toString folder == toString root;
      place =
        file:
        if isSingle || isRoot || !(hasPrefix "${toString folder}/" (toString file)) then
          ""
        else
          "${facts.pname}/";
      entry = file: {
        name = "${place file}${baseNameOf (toString file)}";
        value = file;
      };
      licencesIn = at: map (name: at + "/${name}") (filter isLicence (filesIn at));
      own = licencesIn folder;
      licences =
        if facts.licenseFile != "" then
          [ (folder + "/${facts.licenseFile}") ]
        else if own == [ ] then
          licencesIn root
        else
          own;
      readmes = filter pathExists (
        if facts.readme == "" then
          [ ]
        else
          [
            (folder + "/${facts.readme}")
            (root + "/README.md")
          ]
      );
    in
    map entry (licences ++ (if readmes == [ ] then [ ] else [ (builtins.head readmes) ]));
in
listToAttrs (concatMap documentsOf packages)
