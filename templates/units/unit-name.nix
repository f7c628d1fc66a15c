# The name of a unit's derivation: `KIND-PACKAGE-VERSION`, followed by the target if a package has several of that kind.
#
# Nix starts ready derivations in the order of their names. The names of kinds are chosen so that what most others wait
# for comes first in ASCII: proc macros, runs of build scripts and the scripts themselves (`build-…`), sources (`crate-…`),
# interfaces, unoptimized libraries (in most profiles, those of build scripts and proc macros), all other
# libraries, and finally units that nothing waits for. A name depends only on the unit, never on what is built from it:
# equal units of two workspaces have the same store path.
#
# facts: the package's (crate-facts.nix)
# tool, kind, targetName, isTest: see compile-unit.nix; additional kinds: "run" and "tests", of a package
# isProcMacro, isOptimized, isInterface: of a library
# keepsFindings: see compile-unit.nix
{
  facts,
  kind,
  tool ? "rustc",
  targetName ? "",
  isTest ? false,
  isProcMacro ? false,
  isOptimized ? true,
  isInterface ? false,
  keepsFindings ? false,
}:
let
  package = "${facts.storeName}-${facts.version}";
  # Store path names are ASCII and limited in length.
  storable =
    text:
    builtins.substring 0 60 (
      builtins.concatStringsSep "_" (
        builtins.filter builtins.isString (builtins.split "[^A-Za-z0-9+._?=-]+" text)
      )
    );
  target =
    if kind == "lib" then
      (if isTest then "unit-test" else "lib")
    else if kind == "build-script" then
      kind
    else
      "${kind}-${storable targetName}";
  ofRustc =
    if kind == "run" then
      "build-run-${package}"
    else if kind == "tests" then
      "test-run-${package}"
    else if kind == "build-script" then
      "build-script-${package}"
    else if isTest || kind == "test" || kind == "bench" then
      "test-${package}-${target}"
    else if kind != "lib" then
      "program-${package}-${target}"
    else if isProcMacro then
      "build-macro-${package}"
    else if isInterface then
      "interface-${package}"
    else if isOptimized then
      "opt-lib-${package}"
    else
      "lib-${package}";
in
{
  rustc = ofRustc;
  clippy = "rust-clippy-${if keepsFindings then "findings-" else ""}${package}-${target}";
  rustdoc = "rustdoc-${package}-${target}";
  doctest = "test-${package}-doctests";
}
.${tool}
