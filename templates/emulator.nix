# The command, as words, by which programs of a platform run where the build runs; empty: they run by themselves.
#
# compiler: of the platform (compiler.nix); facts: of the package whose tests are to be run
{ compiler, facts }:
let
  inherit (compiler.pkgs.stdenv) buildPlatform hostPlatform;
  inherit (compiler.pkgs) buildPackages;
  runsHere =
    !compiler.isExplicit || (buildPlatform.canExecute or (other: other == buildPlatform)) hostPlatform;
in
if runsHere then
  ""
else if (hostPlatform.emulatorAvailable or (_: false)) buildPackages then
  hostPlatform.emulator buildPackages
else
  throw "cargo2nix-ts: the tests of '${facts.pname}' are for '${compiler.triple}', and nixpkgs has no emulator for that platform. Build them there, or take `targets.<the machine's own>.tests.${facts.pname}`."
