# Constructs in the workspace that the toolchain's cargo would read differently, as text; null if there are none.
#
# rustc: version of the toolchain, null if its package does not have one
# rules: first cargo version that understands them, or "nightly" -> the constructs, as text
{ rustc, rules }:
let
  isNightly = builtins.match ".*nightly.*" rustc != null;
  isOlder =
    since: if since == "nightly" then !isNightly else builtins.compareVersions since rustc > 0;
  newer = builtins.filter isOlder (builtins.attrNames rules);
in
if rules == { } || rustc == null || newer == [ ] then
  null
else
  ''
    cargo2nix-ts: the toolchain is ${rustc}, and the workspace says what an older cargo reads otherwise:
    ${builtins.concatStringsSep "\n" (map (since: "  ${rules.${since}} (cargo ${since})") newer)}
    Take a newer toolchain, or remove it.''
