# The variables by which integration tests find the programs of their package.
#
# triple: the platform that the programs are for
# gated: names of all programs with required features: where these are off, cargo tells a path with nothing there
# programs: name -> unit
{ triple, gated }:
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
    value = "${programs.${name} or "/required-features-are-off"}/bin/${name}${suffix}";
  }) (gated ++ builtins.attrNames programs)
)
