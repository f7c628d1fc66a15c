# The non-Rust inputs of a package's build script, as attributes for stdenv.mkDerivation: the binaries that its
# build-dependencies call, and what crateOverrides adds.
#
# buildPackages: a package set whose binaries run on the machine that builds
# tools: known crates whose users call external binaries (script-tools.nix), or null; override: see crate-override.nix
{
  buildPackages,
  tools,
  override,
}:
let
  known = import ./native-tools.nix;
in
override.inputs
// {
  nativeBuildInputs =
    builtins.concatMap (name: known.${name} buildPackages) (
      builtins.attrNames (if tools == null then { } else tools)
    )
    ++ (override.inputs.nativeBuildInputs or [ ]);
}
