# Checks what is released for one target: how programs are linked, for which processor, and that they start; the same in the
# archives and in the image.
#
# platform: see platform-names.nix; compiler: of the target
# files: names of the programs in `programs`; arguments: of each, a list with which it must succeed, or null: it is not started
# archives, image: derivations, or null; facts: of the first package, for messages
# allowsNewer: the programs may have code for newer processors
# tests: derivations that must succeed, too
{
  triple,
  platform,
  compiler,
  buildShell,
  buildPackages,
  name,
  programs,
  allowsNewer,
  files,
  arguments,
  archives,
  image,
  facts,
  testTools,
  tests,
}:
let
  inherit (builtins) any map replaceStrings;
  # Those of a darwin machine know nothing of ELF files, those of its cross compilers do.
  binutils = cc: if platform.format == "elf" && cc ? bintools then [ cc.bintools ] else [ ];
  orEmpty = value: if value == null then "" else toString value;
  # As a word of a shell.
  quoted = word: "'${replaceStrings [ "'" ] [ "'\\''" ] word}'";
  isStarted = any (given: given != null) arguments;
  runner =
    if isStarted then
      import ../checks/runner.nix {
        inherit compiler facts;
        override = { inherit testTools; };
      }
    else
      {
        words = [ ];
        emulator = "";
        tools = [ ];
      };
in
buildShell {
  inherit
    name
    triple
    programs
    allowsNewer
    files
    ;
  script = ./check-release.sh;
  isStandard = true;
  tools =
    runner.tools
    ++ binutils compiler.cc
    ++ binutils buildPackages.stdenv.cc
    ++ (
      if image == null then
        [ ]
      else
        [
          buildPackages.jq
          (buildPackages.util-linuxMinimal or buildPackages.util-linux)
        ]
    )
    ++ (
      if archives == null then
        [ ]
      else
        [ buildPackages.zstd ] ++ (if platform.os == "windows" then [ buildPackages.unzip ] else [ ])
    );
  inherit (platform) os architecture format;
  variant = orEmpty platform.variant;
  machine = orEmpty platform.machine;
  bits = orEmpty platform.bits;
  archives = if archives == null then "" else "${archives}";
  image = if image == null then "" else "${image}";
  tests = map (test: "${test}") tests;
  toolPrefix = compiler.cc.targetPrefix or "";
  starts = map (
    given: if given == null then "no" else builtins.concatStringsSep " " (map quoted given)
  ) arguments;
  isStarted = map (given: given != null) arguments;
  findRunner = ../checks/find-runner.sh;
  checkImage = ./check-image.sh;
  packageId = "${facts.pname} v${facts.version}";
  runner = runner.words;
  inherit (runner) emulator;
}
