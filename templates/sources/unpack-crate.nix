# The unpacked .crate of a registry package, for packages with more than one unit, and for users that request the source.
{
  buildShell,
  buildPackages,
  archive,
  pname,
  version,
}:
buildShell {
  name = "crate-${pname}-${version}-src";
  script = ./unpack-crate.sh;
  unpackArchive = ./unpack-archive.sh;
  preferLocalBuild = true;
  tools = [
    buildPackages.gnutar
    buildPackages.gzip
  ];
  inherit archive;
}
