# Constructs in the workspace that the toolchain's cargo would read differently, as text; null if there are none.
#
# rustc: version of the toolchain, null if its package does not have one
# rules: first cargo version that understands them, "nightly" or "stable" (what a nightly follows and is not supported) -> the
# constructs, as text
{ rustc, rules }:
let
  isNightly = builtins.match ".*nightly.*" rustc != null;
  isOlder =
    since: if since == "nightly" then !isNightly else builtins.compareVersions since rustc > 0;
  newer = builtins.filter isOlder (builtins.attrNames (removeAttrs rules [ "stable" ]));
in
if rules == { } || rustc == null then
  null
else if newer != [ ] then
  ''
    cargo2nix-ts: the toolchain is ${rustc}, and the workspace says what an older cargo reads otherwise:
    ${builtins.concatStringsSep "\n" (map (since: "  ${rules.${since}} (cargo ${since})") newer)}
    Take a newer toolchain, or remove it.''
else if isNightly && rules ? stable then
  ''
    cargo2nix-ts: the toolchain is ${rustc}, whose cargo follows what is not supported: ${rules.stable}
    Remove it, or take a stable toolchain, whose cargo ignores it.''
else
  null
