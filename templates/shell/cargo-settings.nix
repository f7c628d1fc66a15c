# What cargo in a shell has to know besides its own configuration, so that it compiles, links and runs as the builds do: the
# target, flags that only Cargo.nix and our settings have, nixpkgs' linkers, and the emulator for another platform.
#
# compilers: { host; build; } (compiler.nix)
# isCross: the shell is for another platform
# usesEmulator: run programs for another platform by nixpkgs' emulator, unless cargo's configuration names a runner that is there
# Returns
#   variables: for the shell
#   hook: shell code to run on entering it: linkers come last on the path, and stand in for those that it lacks
{
  compilers,
  isCross,
  usesEmulator,
}:
let
  inherit (builtins)
    any
    concatStringsSep
    head
    map
    match
    replaceStrings
    ;
  letters = import ../lib/letters.nix;
  inherit (compilers) build host;
  sides =
    if isCross then
      [
        host
        build
      ]
    else
      [ host ];
  variableOf =
    { triple, ... }:
    name:
    "CARGO_TARGET_${
      replaceStrings
        (
          letters.lower
          ++ [
            "-"
            "."
          ]
        )
        (
          letters.upper
          ++ [
            "_"
            "_"
          ]
        )
        triple
    }_${name}";
  set = name: value: if value == null then { } else { ${name} = value; };

  # Cargo splits RUSTFLAGS at spaces.
  flags =
    if !host.addsFlags then
      { }
    else if any (flag: match "[^[:space:]]+" flag == null) host.rustflags then
      { CARGO_ENCODED_RUSTFLAGS = import ../lib/encoded-rustflags.nix host.rustflags; }
    else
      { RUSTFLAGS = concatStringsSep " " host.rustflags; };
  emulator = if usesEmulator then (import ../toolchain/emulator.nix host).emulator else "";

  isName = word: match ".*/.*" word == null;
  # The first word is looked up on the path.
  otherwise = word: variable: value: ''
    if ! type -P '${word}' >/dev/null; then export ${variable}='${value}'; fi
  '';
  linkers = concatStringsSep "" (
    map (
      side:
      if side.namedLinker == { } then
        ""
      else
        otherwise side.namedLinker.name (variableOf side "LINKER") side.namedLinker.otherwise
    ) sides
  );
  runner =
    if (host.runner or null) == null || host.runner == [ ] || emulator == "" then
      ""
    else if isName "${head host.runner}" then
      otherwise (head host.runner) (variableOf host "RUNNER") emulator
    else
      "";
  folders = builtins.concatMap (side: side.linkerFolders) sides;
in
{
  variables =
    (if host.isExplicit then { CARGO_BUILD_TARGET = host.triple; } else { })
    // (if isCross then set (variableOf host "LINKER") host.ownLinker else { })
    // set (variableOf host "RUNNER") (if host.runner == null && emulator != "" then emulator else null)
    // flags;
  hook =
    (if folders == [ ] then "" else "export PATH=$PATH:${concatStringsSep ":" folders}\n")
    + linkers
    + runner;
}
