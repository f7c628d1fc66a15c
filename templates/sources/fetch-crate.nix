# Fetches the `.crate` file of a registry package. It is a fixed-output derivation, so its store path depends only on name
# and checksum, and equals that of nixpkgs' importCargoLock.
#
# fetchurl: nixpkgs' or the caller's own (mirrors, credentials)
# facts: a crate's facts; `registry` is the `dl` template of another registry's config.json
# fetchCrateArgs: from Cargo.nix: additional arguments for fetchurl, such as credentials
{
  fetchurl,
  facts,
  fetchCrateArgs,
}:
let
  inherit (facts) pname version sha256;
  letters = import ../lib/letters.nix;
  lower = builtins.replaceStrings letters.upper letters.lower;

  # The directory in which a registry's index keeps a name (cargo's `make_dep_prefix`).
  prefix =
    name:
    let
      length = builtins.stringLength name;
      part = start: count: builtins.substring start count name;
    in
    if length < 3 then
      toString length
    else if length == 3 then
      "3/${part 0 1}"
    else
      "${part 0 2}/${part 2 2}";

  placeholders = {
    "{crate}" = pname;
    "{version}" = version;
    "{prefix}" = prefix pname;
    "{lowerprefix}" = prefix (lower pname);
    "{sha256-checksum}" = sha256;
  };
  names = builtins.attrNames placeholders;
  template = facts.registry or "https://static.crates.io/crates";
  filled = builtins.replaceStrings names (map (name: placeholders.${name}) names) template;
in
fetchurl (
  {
    name = "crate-${pname}-${version}.tar.gz";
    url = if filled == template then "${template}/${pname}/${version}/download" else filled;
    inherit sha256;
  }
  // fetchCrateArgs {
    inherit pname version;
    registry = facts.registry or null;
  }
)
