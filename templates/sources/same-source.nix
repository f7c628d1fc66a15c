# A package's sources (crate-source.nix) if all its units read the same: { src; dir; } -> attributes by what reads it.
source:
let
  readers = [
    "library"
    "libraryAsWritten"
    "programsAsWritten"
    "libraryTest"
    "script"
    "run"
    "programs"
    "test"
    "whole"
  ];
in
builtins.listToAttrs (
  map (name: {
    inherit name;
    value = source;
  }) readers
)
// {
  targets = { };
}
