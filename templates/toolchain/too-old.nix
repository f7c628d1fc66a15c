# Which packages require a newer compiler than the toolchain's, as text; null if none does.
#
# rustc: version of the compiler, null if its package does not have one
# facts: list of packages' facts
{ rustc, facts }:
let
  isTooOld = facts: builtins.compareVersions facts.rustVersion rustc > 0;
  lines = map (facts: "  ${facts.pname} ${facts.version} requires rustc ${facts.rustVersion}") (
    builtins.filter isTooOld facts
  );
in
if rustc == null || lines == [ ] then
  null
else
  ''
    cargo2nix-ts: rustc ${rustc} is not supported by the following packages:
    ${builtins.concatStringsSep "\n" lines}
    Take a newer toolchain, or older versions of the packages, or give Cargo.nix `ignoreRustVersion = true`.''
