# Whether rustc brings the linker for a Rust triple itself (rust-lld). A C compiler in its place would not even take the same
# arguments.
triple:
builtins.match ".*-none(-.*)?|wasm.*-(unknown-unknown|none)|.*-uefi|bpfe[bl]-.*" triple != null
