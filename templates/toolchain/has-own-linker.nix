# Whether rustc ships its own linker (rust-lld) for a Rust triple. A C compiler would not even accept the same arguments.
# WASI is excluded: only Rust's own distribution includes what rustc links there, whereas nixpkgs' compiler always does.
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
# These bare-metal targets link with GCC.
&& !isOneOf [ "(avr|m68k|msp430|sparc|xtensa)-.*" ]
