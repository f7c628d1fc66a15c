# What clippy finds in a member, for forges and editors: `clippy.json`, the lines of `cargo clippy --message-format=json`,
# and `clippy.sarif` (SARIF 2.1.0). Paths in them are relative to the workspace.
#
# name: of the derivation; member: of the package
# units: name -> unit that keeps its findings (compile-unit.nix)
{
  buildShell,
  buildPackages,
  name,
  member,
  units,
}:
buildShell {
  inherit name member;
  script = ./clippy-report.sh;
  preferLocalBuild = true;
  tools = [ buildPackages.jq ];
  toLines = ./cargo-messages.jq;
  toSarif = ./findings-sarif.jq;
  findings = builtins.mapAttrs (_: unit: "${unit}/findings.json") units;
  targets = builtins.mapAttrs (_: unit: builtins.toJSON unit.cargoTarget) units;
}
