# Archives of what the packages install, with licences, readmes and further files.
#
# name: of the archives without extension, and of the directory in them; formats: `tar.gz`, `tar.zst`, `zip`
# destinations, sources: see release-files.nix
{
  buildShell,
  buildPackages,
  name,
  formats,
  packages,
  destinations,
  sources,
}:
let
  has = format: package: if builtins.elem format formats then [ package ] else [ ];
in
buildShell {
  inherit
    name
    formats
    destinations
    sources
    ;
  script = ./make-archives.sh;
  isStandard = true;
  tools = has "tar.zst" buildPackages.zstd ++ has "zip" buildPackages.zip;
  placeFiles = ./place-files.sh;
  packages = map (package: "${package}") packages;
}
