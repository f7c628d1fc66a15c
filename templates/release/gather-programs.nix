# The released binaries of one target, as files of a directory.
{
  buildShell,
  name,
  packages,
  files,
}:
buildShell {
  inherit name files;
  script = ./gather-programs.sh;
  preferLocalBuild = true;
  packages = map (package: "${package}") packages;
}
