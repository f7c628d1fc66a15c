# How a platform's binaries are run on the machine that builds (find-runner.sh).
#
# compiler: the platform's (compiler.nix); facts: of the package whose tests run
# override: what crateOverrides sets for the package
# Returns
#   words: a command, in the form of cargo's `runner`
#   emulator: nixpkgs' own, as text, for when that command does not exist; with neither, binaries run directly
#   tools: packages whose binaries are searched
#   libraryArgs: arguments with which rustc prints the directory of std's shared libraries; null: binaries must not see it
{
  compiler,
  facts,
  override,
}:
let
  inherit (builtins) head match;
  inherit (import ../toolchain/emulator.nix compiler) emulator hasEmulator runsHere;
  # A bare name, or a path on someone's machine, may not exist where the build runs.
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
    throw "cargo2nix-ts: the tests of '${facts.pname}' are for '${compiler.triple}', and nixpkgs has no emulator for that platform. Build them on that platform, use `targets.<this machine's triple>.tests.${facts.pname}`, or set `target.${compiler.triple}.runner` in .cargo/config.toml."
)
