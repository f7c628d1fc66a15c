# The arguments that cargo passes to rustc for a unit, in cargo's order (`build_base_args`, `add_cap_lints`). Those known
# only during the build, files and the output of the package's build script, are added by compile-unit.sh.
#
# compiler: the side's (compiler.nix)
# facts: the package's; isMember: of the workspace
# kind, crateTypes, isTest, harness: see compile-unit.nix
# links: rustc runs a linker
# isCheck: only generate metadata; isRlib: a library and nothing else; isRecorded: see compile-unit.nix
# profileFlags, lto: from the profile (profile-args.nix, lto-args.nix)
# metadata: the hash for -C metadata; extraFilename: what is appended to file names
# warningFlags: from `build.warnings`
# override: what crateOverrides sets for the package
{
  compiler,
  facts,
  isMember,
  kind,
  crateTypes,
  isTest,
  harness,
  links,
  isCheck,
  isRlib,
  isRecorded,
  profileFlags,
  lto,
  metadata,
  extraFilename,
  warningFlags,
  override,
}:
let
  inherit (builtins) concatMap;
  when = condition: args: if condition then args else [ ];
  codegen = value: [
    "-C"
    value
  ];
  isLocal = facts ? path;
  isStd = facts ? library;
  isDylib = !isTest && builtins.elem "dylib" crateTypes;
  isMacro = (kind == "lib" && facts.procMacro) || crateTypes == [ "proc-macro" ];

  types = concatMap (type: [
    "--crate-type"
    type
  ]) crateTypes;
  tests =
    if harness then
      [ "--test" ]
    else
      [
        "--cfg"
        "test"
      ];
  cfgs = import ./cfg-args.nix facts;
in
builtins.concatLists [
  (when (!isTest) types)
  # What cargo passes for pipelining, with or without interfaces: the metadata's hash depends on it.
  [
    "--emit=${
      builtins.concatStringsSep "," (
        when isRecorded [ "dep-info" ]
        ++ when (isCheck || isRlib) [ "metadata" ]
        ++ when (!isCheck) [ "link" ]
      )
    }"
  ]
  (when (isMacro || (isDylib && !isMember)) (codegen "prefer-dynamic"))
  (lto)
  (profileFlags)
  (facts.lints)
  (warningFlags)
  (when isTest tests)
  (cfgs)
  (codegen "metadata=${metadata}")
  (when (extraFilename != "") (codegen "extra-filename=${extraFilename}"))
  (compiler.targetArgs)
  (when links compiler.linkerArgs)
  (when isStd [
    "-Z"
    "force-unstable-if-unmarked"
  ])
  (when (!isLocal) [
    "--cap-lints"
    "allow"
  ])
  (compiler.rustflags)
  (override.extraLinkFlags)
  ((if kind == "build-script" then override.extraRustcOptsForBuildRs else override.extraRustcOpts))
]
