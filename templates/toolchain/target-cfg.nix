# The output of `rustc --print cfg` for a platform: one derivation for all build scripts that target it.
{
  buildShell,
  rustc,
  targetArgs,
  rustflags,
}:
buildShell {
  name = "build-target-cfg";
  script = ./target-cfg.sh;
  isStandard = true;
  preferLocalBuild = true;
  rustc = "${rustc}/bin/rustc";
  arguments = rustflags ++ targetArgs;
}
