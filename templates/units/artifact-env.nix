# The variables that name the files of artifact dependencies (cargo's `core/compiler/artifact.rs`).
#
# A list of { kind; name; dependency; unit; triple; }: what a crate's fact says, the unit, and its platform.
artifacts:
let
  letters = import ../lib/letters.nix;
  envify = builtins.replaceStrings (letters.lower ++ [ "-" ]) (letters.upper ++ [ "_" ]);
  matches = pattern: triple: builtins.match pattern triple != null;
  isWindows = matches ".*-(windows|uefi|cygwin).*";
  isWasm = matches "wasm.*";

  # As rustc names it.
  fileOf =
    {
      kind,
      name,
      unit,
      triple,
      ...
    }:
    if kind == "bin" then
      "bin/${name}${
        if isWindows triple then
          ".exe"
        else if isWasm triple then
          ".wasm"
        else
          ""
      }"
    else if kind == "staticlib" then
      if matches ".*-msvc" triple then "${unit.fileName}.lib" else "lib${unit.fileName}.a"
    else if isWindows triple then
      "${unit.fileName}.dll"
    else if isWasm triple then
      "${unit.fileName}.wasm"
    else
      "lib${unit.fileName}.${if matches ".*-apple-.*" triple then "dylib" else "so"}";

  variablesOf =
    artifact:
    let
      inherit (artifact) name dependency unit;
      file = "${unit}/${fileOf artifact}";
      variable = what: "CARGO_${envify artifact.kind}_${what}_${envify dependency}";
    in
    {
      ${variable "DIR"} = dirOf file;
      "${variable "FILE"}_${name}" = file;
    }
    // (if name == dependency then { ${variable "FILE"} = file; } else { });
in
builtins.foldl' (all: artifact: all // variablesOf artifact) { } artifacts
