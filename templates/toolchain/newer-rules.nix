# Constructs in the workspace that the toolchain's cargo would read differently, as text; null if there are none.
#
# rustc: version of the toolchain, null if its package does not have one
# rules: first cargo version that understands them -> the constructs, as text
{ rustc, rules }:
let
  newer = builtins.filter (since: builtins.compareVersions since rustc > 0) (
    builtins.attrNames rules
  );
in
if rules == { } || rustc == null || newer == [ ] then
  null
else
  ''
    cargo2nix-ts: the toolchain is ${rustc}, and the workspace says what an older cargo reads otherwise:
    ${builtins.concatStringsSep "\n" (map (since: "  ${rules.${since}} (cargo ${since})") newer)}
    Take a newer toolchain, or remove it.''
