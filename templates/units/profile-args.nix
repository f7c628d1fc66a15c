# rustc's arguments for a profile's settings, in cargo's order (`build_base_args`).
#
# settings: of one crate in one role, with `panic`, `debuginfo` and `strip` resolved
# targetTriple: decides which settings are unsupported
{ settings, targetTriple }:
let
  codegen = name: value: [
    "-C"
    "${name}=${value}"
  ];
  when = condition: args: if condition then args else [ ];
  inherit (settings) optLevel debugAssertions overflowChecks;
  # Overflow checks default to the debug assertions setting, which defaults to `opt-level == 0`.
  assertions =
    if optLevel != "0" then
      when debugAssertions (codegen "debug-assertions" "on")
      ++ when (debugAssertions != overflowChecks) (
        codegen "overflow-checks" (if overflowChecks then "on" else "off")
      )
    else
      when (!debugAssertions) (codegen "debug-assertions" "off")
      ++ when (debugAssertions != overflowChecks) (
        codegen "overflow-checks" (if overflowChecks then "on" else "off")
      );
  onWindows = builtins.match ".*-windows-.*" targetTriple != null;
in
builtins.concatLists [
  (when (optLevel != "0") (codegen "opt-level" optLevel))
  (when (settings.panic != "unwind") (codegen "panic" settings.panic))
  (when (settings ? codegenBackend) [
    "-Z"
    "codegen-backend=${settings.codegenBackend}"
  ])
  (when (settings ? codegenUnits) (codegen "codegen-units" (toString settings.codegenUnits)))
  (when (settings.debuginfo != "0") (
    codegen "debuginfo" settings.debuginfo
    # rustc rejects these on Windows, except for "packed".
    ++ when (settings ? splitDebuginfo && (!onWindows || settings.splitDebuginfo == "packed")) (
      codegen "split-debuginfo" settings.splitDebuginfo
    )
  ))
  (settings.rustflags or [ ])
  (assertions)
  (when settings.rpath [
    "-C"
    "rpath"
  ])
  (when (settings.strip != "none") (codegen "strip" settings.strip))
]
