# rustc's arguments for the settings of a profile, in cargo's order (`build_base_args`).
#
# settings: of one crate in one role, with `panic`, `debuginfo` and `strip` decided
# targetTriple: for what the platform does not support
{ settings, targetTriple }:
let
  codegen = name: value: [
    "-C"
    "${name}=${value}"
  ];
  when = condition: args: if condition then args else [ ];
  inherit (settings) optLevel debugAssertions overflowChecks;
  # Overflow checks follow debug assertions unless told otherwise, and these follow `opt-level=0`.
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
  (when (settings ? codegenUnits) (codegen "codegen-units" (toString settings.codegenUnits)))
  (when (settings.debuginfo != "0") (
    codegen "debuginfo" settings.debuginfo
    # rustc refuses on Windows what only other platforms can do.
    ++ when (settings ? splitDebuginfo && (!onWindows || settings.splitDebuginfo == "packed")) (
      codegen "split-debuginfo" settings.splitDebuginfo
    )
  ))
  (assertions)
  (when settings.rpath [
    "-C"
    "rpath"
  ])
  (when (settings.strip != "none") (codegen "strip" settings.strip))
]
