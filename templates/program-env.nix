# How integration tests find the programs of their package.
#
# triple: the platform that the programs are for
# gated: names of all programs with required features: where these are off, cargo tells a path with nothing there
# programs: name -> unit
# Returns
#   files: name -> name of the program's file
#   variables: for a test that runs
#   paths: of the programs that are there
{
  triple,
  gated,
  programs,
}:
let
  inherit (builtins) attrNames listToAttrs;
  suffix =
    if builtins.match ".*-(windows|uefi).*" triple != null then
      ".exe"
    else if builtins.match "wasm.*" triple != null then
      ".wasm"
    else
      "";
  names = gated ++ attrNames programs;
  pathOf = name: "${programs.${name} or "/required-features-are-off"}/bin/${name}${suffix}";
  forNames =
    toName: toValue:
    listToAttrs (
      map (name: {
        name = toName name;
        value = toValue name;
      }) names
    );
in
{
  files = forNames (name: name) (name: "${name}${suffix}");
  variables = forNames (name: "CARGO_BIN_EXE_${name}") pathOf;
  paths = map pathOf (attrNames programs);
}
