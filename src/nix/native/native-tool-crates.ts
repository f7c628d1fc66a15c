/**
 * Crates by which build scripts do what Rust alone cannot: what a script made with one of them is up to.
 *
 * The names are those of `templates/scripts/native-tools.nix`, which gives such scripts the programs; a test holds the two
 * together.
 */

/** `compiles` C, `finds` a library of the system, or `generates` code with a program. */
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
