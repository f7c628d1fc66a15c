# Which units may read their package's Cargo.toml when they are compiled or run: those made with a crate that parses
# manifests. A macro looks there for the name of a dependency, a build script for a table of its own.
#
# crates: the `crates` of Cargo.nix
# Returns key -> { macros; script; tests; }: whether the macros that the library and programs use do, the build script,
# and anything that tests are made with. A dependency counts that is one at some point only.
{ crates }:
let
  inherit (builtins)
    any
    attrValues
    concatMap
    elem
    elemAt
    mapAttrs
    match
    ;
  words = import ./words.nix;
  parsers = words "basic-toml cargo-manifest cargo_metadata cargo_toml find-crate proc-macro-crate sqlx-macros-core taplo toml toml-span toml_edit toml_parser trybuild ui_test";
  dependencies =
    fact:
    mapAttrs (
      _: crate:
      concatMap (facts: if facts ? ${fact} then words facts.${fact} else [ ]) (
        [ crate ] ++ attrValues (crate.on or { })
      )
    ) crates;
  deps = dependencies "deps";
  devDeps = dependencies "devDeps";
  buildDeps = dependencies "buildDeps";

  nameOf = key: elemAt (match "([^.]*)-([0-9]+[.].*)" key) 0;
  parses = mapAttrs (
    key: own: elem (crates.${key}.pname or (nameOf key)) parsers || any (key: parses.${key}) own
  ) deps;
  usesParsingMacro = mapAttrs (
    _: any (key: if crates.${key}.procMacro or false then parses.${key} else usesParsingMacro.${key})
  ) deps;
in
mapAttrs (key: own: {
  macros = usesParsingMacro.${key};
  script = any (key: parses.${key}) buildDeps.${key};
  tests = any (key: parses.${key}) (own ++ devDeps.${key});
}) deps
