# How programs of a platform run where the build runs (find-runner.sh).
#
# compiler: of the platform (compiler.nix); facts: of the package whose tests are to be run
# override: what crateOverrides says of the package
# Returns
#   words: a command, as cargo's `runner`
#   emulator: nixpkgs' own, as text, where that is not there; neither: programs run by themselves
#   tools: packages whose programs are looked through
#   libraryArgs: of rustc, to be asked for the folder of std's shared libraries; null: programs must not be told of it
{
  compiler,
  facts,
  override,
}:
let
  inherit (builtins) head match;
  inherit (compiler.pkgs.stdenv) buildPlatform hostPlatform;
  inherit (compiler.pkgs) buildPackages;
  runsHere =
    !compiler.isExplicit || (buildPlatform.canExecute or (other: other == buildPlatform)) hostPlatform;
  hasEmulator = !runsHere && (hostPlatform.emulatorAvailable or (_: false)) buildPackages;
  emulator = if hasEmulator then hostPlatform.emulator buildPackages else "";
  # A name, or a place on some machine, may mean nothing where the build runs.
  isThere = word: match "${builtins.storeDir}/.*" "${word}" != null;
in
{
  tools = override.testTools;
}
// (
  if compiler.runner != null then
    {
      words = map (word: "${word}") compiler.runner;
      emulator = if compiler.runner == [ ] || isThere (head compiler.runner) then "" else emulator;
      libraryArgs = compiler.targetArgs;
    }
  else if runsHere || hasEmulator then
    {
      words = [ ];
      inherit emulator;
      libraryArgs = if runsHere then compiler.targetArgs else null;
    }
  else
    throw "cargo2nix-ts: the tests of '${facts.pname}' are for '${compiler.triple}', and nixpkgs has no emulator for that platform. Build them there, take `targets.<the machine's own>.tests.${facts.pname}`, or name what runs them as `target.${compiler.triple}.runner` in .cargo/config.toml."
)
