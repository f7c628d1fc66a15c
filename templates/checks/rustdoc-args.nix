# What cargo passes to rustdoc for a unit, in its order (`prepare_rustdoc`, `run_doc_tests`), but for what is known in the
# build only (unit-inputs.sh).
#
# compiler: the side's (compiler.nix)
# facts: the package's
# isTest: documentation tests are run; else pages are made
# kind, crateTypes: see compile-unit.nix
# lto: see lto-args.nix
# metadata: the hash of -C metadata
# warningFlags: of `build.warnings`
# toolArguments: further ones
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
  # Programs have nothing but private items.
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
