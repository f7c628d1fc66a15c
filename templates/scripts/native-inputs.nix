# What a package's build script is given beyond Rust, as attributes for stdenv.mkDerivation: the programs that its
# build-dependencies call, and what crateOverrides says.
#
# buildPackages: a package set whose programs run where the build runs
# tools: known crates whose users call programs (script-tools.nix), or null; override: see crate-override.nix
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
