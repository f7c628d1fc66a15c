# How integration tests find their package's binaries.
#
# triple: the platform of the binaries
# gated: names of all binaries with required features: if these are off, cargo passes a path where no file exists
# programs: name -> unit
# Returns
#   files: name -> file name of the binary, in the directory that the test gets (unit-inputs.sh)
#   paths: of the binaries that exist
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
