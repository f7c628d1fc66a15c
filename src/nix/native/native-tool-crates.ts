/**
 * Crates with which build scripts do what Rust alone cannot: the purpose of a script that uses one of them.
 *
 * The names are those of `templates/scripts/native-tools.nix`, which gives such scripts the programs. A test
 * keeps the two in sync.
 */

/** `compiles` C, `finds` a system library, or `generates` code with a program. */
export type NativeWork = 'compiles' | 'finds' | 'generates'

export const NATIVE_TOOL_CRATES: ReadonlyMap<string, NativeWork> = new Map([
  ['autotools', 'compiles'],
  ['bindgen', 'generates'],
  ['cc', 'compiles'],
  ['clang-sys', 'generates'],
  ['cmake', 'compiles'],
  ['gcc', 'compiles'],
  ['nasm-rs', 'compiles'],
  ['openssl-src', 'compiles'],
  ['pkg-config', 'finds'],
  ['prost-build', 'generates'],
  ['protobuf-codegen', 'generates'],
  ['protobuf_codegen', 'generates'],
  ['pyo3-build-config', 'generates'],
  ['system-deps', 'finds'],
  ['vcpkg', 'finds'],
])
