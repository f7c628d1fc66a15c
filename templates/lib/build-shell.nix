# A derivation that runs one of our shell scripts: no stdenv, whose set-up takes longer than many crates do.
#
# buildPackages: a package set whose programs run where the build runs
# contentAddress: see content-address.nix
# Returns a function from attributes to a derivation; they reach the script as shell variables of the same
# names (structured attributes: lists become arrays of any size). Of them, `tools` are packages for the path,
# and with `isStandard` the path is stdenv's: for what calls programs that we do not know, such as linkers.
{
  buildPackages,
  contentAddress,
}:
let
  inherit (buildPackages) bash coreutils stdenv;
  pathOf =
    packages: builtins.concatStringsSep ":" (map (package: "${package.bin or package}/bin") packages);
  coreutilsPath = pathOf [ coreutils ];
  standardPath = pathOf ([ coreutils ] ++ stdenv.initialPath ++ [ bash ]);
  builder = "${bash}/bin/bash";
  inherit (stdenv.hostPlatform) system;
in
{
  tools ? [ ],
  isStandard ? false,
  script,
  ...
}@attributes:
derivation (
  removeAttrs attributes [
    "script"
    "tools"
    "isStandard"
  ]
  // contentAddress
  // {
    inherit system builder;
    __structuredAttrs = true;
    args = [
      ./build-shell.sh
      script
    ];
    toolPath =
      (if tools == [ ] then "" else "${pathOf tools}:")
      + (if isStandard then standardPath else coreutilsPath);
  }
)
