# The variables by which integration tests find the programs of their package.
#
# triple: the platform that the programs are for
# programs: name -> unit
{ triple }:
programs:
let
  suffix =
    if builtins.match ".*-(windows|uefi).*" triple != null then
      ".exe"
    else if builtins.match "wasm.*" triple != null then
      ".wasm"
    else
      "";
in
builtins.listToAttrs (
  map (name: {
    name = "CARGO_BIN_EXE_${name}";
    value = "${programs.${name}}/bin/${name}${suffix}";
  }) (builtins.attrNames programs)
)
