# The arguments that cargo passes to rustdoc for a unit, in cargo's order (`prepare_rustdoc`, `run_doc_tests`). Those known
# only during the build are added by unit-inputs.sh.
#
# compiler: the side's (compiler.nix)
# facts: the package's
# isTest: run the documentation tests; otherwise generate pages
# kind, crateTypes: see compile-unit.nix
# lto: see lto-args.nix
# metadata: the hash of -C metadata
# warningFlags: from `build.warnings`
# toolArguments: additional arguments
{
  compiler,
  facts,
  isTest,
  kind,
  crateTypes,
  lto,
  metadata,
  toolArguments,
  warningFlags,
}:
let
  types = builtins.concatMap (type: [
    "--crate-type"
    type
  ]) crateTypes;
  cfgs = import ../units/cfg-args.nix facts;
  flags = compiler.rustdocflags ++ toolArguments;
  # Every item of a binary is private.
  ofPrograms =
    if kind == "bin" then
      [
        "--document-private-items"
        "-Arustdoc::private-intra-doc-links"
      ]
    else
      [ ];
in
types
++ (
  if isTest then
    [
      "--color"
      "auto"
      "--test"
    ]
    ++ compiler.targetArgs
    ++ compiler.linkerArgs
    ++ facts.lints
    ++ lto
    ++ cfgs
    ++ flags
    ++ [
      "--error-format"
      "human"
    ]
  else
    compiler.targetArgs
    ++ cfgs
    ++ facts.lints
    ++ warningFlags
    ++ [
      "-C"
      "metadata=${metadata}"
    ]
    ++ ofPrograms
    ++ flags
    ++ (
      if builtins.any (flag: builtins.match "--crate-version(=.*)?" flag != null) flags then
        [ ]
      else
        [
          "--crate-version"
          facts.version
        ]
    )
)
