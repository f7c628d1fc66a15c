# A derivation that runs one of our shell scripts: no stdenv, whose set-up takes longer than many crates do.
#
# buildPackages: a package set whose programs run where the build runs
# Returns a function from attributes to a derivation; they reach the script as shell variables of the same
# names (structured attributes: lists become arrays of any size). `tools` are packages added to the path.
{ buildPackages }:
let
  basics = [
    buildPackages.coreutils
    buildPackages.findutils
    buildPackages.gnugrep
    buildPackages.gnused
    buildPackages.gnutar
    buildPackages.gzip
    buildPackages.bash
  ];
  pathOf =
    packages: builtins.concatStringsSep ":" (map (package: "${package.bin or package}/bin") packages);
  basicPath = pathOf basics;
  builder = "${buildPackages.bash}/bin/bash";
  inherit (buildPackages.stdenv.hostPlatform) system;
in
attributes:
derivation (
  removeAttrs attributes [
    "script"
    "tools"
  ]
  // {
    inherit system builder;
    __structuredAttrs = true;
    args = [ attributes.script ];
    toolPath =
      if attributes ? tools && attributes.tools != [ ] then
        "${pathOf attributes.tools}:${basicPath}"
      else
        basicPath;
  }
)
