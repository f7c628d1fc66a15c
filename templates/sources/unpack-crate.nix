# The source of a registry's package: the unpacked .crate, one derivation for all of the package's units.
{
  buildShell,
  buildPackages,
  archive,
  pname,
  version,
}:
buildShell {
  name = "${pname}-${version}-src";
  script = ./unpack-crate.sh;
  tools = [
    buildPackages.gnutar
    buildPackages.gzip
  ];
  preferLocalBuild = true;
  inherit archive;
}
