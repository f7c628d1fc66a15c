# Whether rustc brings the linker for a Rust triple itself (rust-lld). A C compiler in its place would not even take the same
# arguments. WASI is left out: rustc has what it links with there only in Rust's own distribution, nixpkgs' compiler always.
triple:
let
  isOneOf = patterns: builtins.match (builtins.concatStringsSep "|" patterns) triple != null;
in
isOneOf [
  ".*-none(-.*)?"
  ".*-uefi"
  ".*-(nuttx|xous)(-.*)?"
  ".*-(fuchsia|hermit)"
  "bpfe[bl]-.*"
  "wasm.*-(unknown-unknown|none|wali-.*)"
  "(aarch64-nintendo-switch|mipsel-sony|amdgcn|armv7a-vex|riscv32im-risc0|x86_64-fortanix)-.*"
]
# Of bare metal, those of GCC.
&& !isOneOf [ "(avr|m68k|msp430|sparc|xtensa)-.*" ]
