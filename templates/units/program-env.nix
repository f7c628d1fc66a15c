# How integration tests find the programs of their package.
#
# triple: the platform that the programs are for
# gated: names of all programs with required features: where these are off, cargo tells a path with nothing there
# programs: name -> unit
# Returns
#   files: name -> name of the program's file, in the folder that a test is told of (unit-inputs.sh)
#   paths: of the programs that are there
{
  triple,
  gated,
  programs,
}:
let
  inherit (builtins) attrNames;
  inherit (import ../lib/text.nix) genAttrs;
  suffix =
    if builtins.match ".*-(windows|uefi).*" triple != null then
      ".exe"
    else if builtins.match "wasm.*" triple != null then
      ".wasm"
    else
      "";
  fileOf = name: "${name}${suffix}";
in
{
  files = genAttrs (gated ++ attrNames programs) fileOf;
  paths = map (name: "${programs.${name}}/bin/${fileOf name}") (attrNames programs);
}
