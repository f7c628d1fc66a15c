# A unit's package and target as cargo's JSON messages have them (`cargo build --message-format=json`); paths are relative
# to the workspace.
{
  facts,
  kind,
  targetName,
  crateTypes,
  rootFile,
  edition,
}:
let
  folder = if facts.path == "." then "" else "${facts.path}/";
in
{
  package_id = "${facts.pname}@${facts.version}";
  manifest_path = "${folder}Cargo.toml";
  target = {
    kind =
      if kind == "lib" then
        crateTypes
      else if kind == "build-script" then
        [ "custom-build" ]
      else
        [ kind ];
    crate_types = crateTypes;
    name = targetName;
    src_path = "${folder}${rootFile}";
    inherit edition;
  };
}
