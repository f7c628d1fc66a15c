# A derivation that runs one of our shell scripts without stdenv, whose setup takes longer than compiling many crates.
#
# buildPackages: a package set whose binaries run on the machine that builds
# contentAddress: see content-address.nix
# Returns a function from attributes to a derivation. The script gets them as shell variables of the same
# names (structured attributes: lists become arrays of any size). The packages in `tools` are added to PATH.
# With `isStandard`, PATH is stdenv's: for scripts that call binaries that we do not know, such as linkers.
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
