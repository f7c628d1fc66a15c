# A package with all that it needs at run time: `<name>.export`, for `nix-store --import`, and the same as a binary cache in
# `cache/`, which is asked after the public one.
{
  pkgs,
  run,
  name,
}:
pkgs.stdenv.mkDerivation {
  inherit name;
  __structuredAttrs = true;
  nativeBuildInputs = [ pkgs.buildPackages.nix ];
  preferLocalBuild = true;
  registration = "${pkgs.closureInfo { rootPaths = [ run ]; }}";
  file = name;
  root = "${run}";
  buildCommand = "bash ${../lib/build-shell.sh} ${./closure-archive.sh}";
}
