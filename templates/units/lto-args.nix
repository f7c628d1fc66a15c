# The LTO arguments of a unit. They differ from the profile's setting: a library for a binary that uses LTO needs only
# bitcode, one for a build script needs only objects (cargo's `core/compiler/lto.rs`).
#
# lto: the profile's setting
# crateTypes: of the unit; a test is a `bin`
# forHost: a build script, a proc macro, or a unit that only these use
# both: the unit is linked both with and without LTO
{
  lto,
  crateTypes,
  forHost,
  both,
}:
let
  canLto = builtins.all (
    type:
    builtins.elem type [
      "bin"
      "staticlib"
      "cdylib"
    ]
  ) crateTypes;
  isDynamic = builtins.any (
    type:
    builtins.elem type [
      "dylib"
      "cdylib"
      "proc-macro"
    ]
  ) crateTypes;
  needsObject = isDynamic || builtins.any (type: type == "bin" || type == "staticlib") crateTypes;
  onlyDylib = builtins.all (type: type == "dylib") crateTypes;
  off = [
    "-C"
    "lto=off"
    "-C"
    "embed-bitcode=no"
  ];
  onlyObject = [
    "-C"
    "embed-bitcode=no"
  ];
  onlyBitcode = [
    "-C"
    "linker-plugin-lto"
  ];
  objectAndBitcode = [ ];
  run =
    if lto == "true" then
      [
        "-C"
        "lto"
      ]
    else
      [
        "-C"
        "lto=${lto}"
      ];
in
if forHost && !both then
  onlyObject
else if lto == "false" then
  onlyObject
else if lto == "off" then
  off
else if canLto then
  run
else if both then
  objectAndBitcode
else if needsObject then
  (if onlyDylib then onlyObject else objectAndBitcode)
else
  onlyBitcode
