/**
 * Crates with which build scripts do what Rust alone cannot: the purpose of a script that uses one of them.
 *
 * The names are those of `templates/scripts/native-tools.nix`, which gives such scripts the programs. A test
 * keeps the two in sync.
 */

/** `compiles` C, `finds` a system library, or `generates` code with a program. */
export type NativeWork = 'compiles' | 'finds' | 'generates'

export interface NativeTool {
  readonly work: NativeWork
  /** Nixpkgs' names of the programs that scripts and shells get for it, besides a C compiler. */
  readonly programs: readonly string[]
}

export const NATIVE_TOOL_CRATES: ReadonlyMap<string, NativeTool> = new Map<string, NativeTool>([
  ['autotools', { work: 'compiles', programs: ['autoconf', 'automake', 'libtool'] }],
  ['bindgen', { work: 'generates', programs: ['bindgenHook'] }],
  ['cc', { work: 'compiles', programs: [] }],
  ['clang-sys', { work: 'generates', programs: ['bindgenHook'] }],
  ['cmake', { work: 'compiles', programs: ['cmake'] }],
  ['gcc', { work: 'compiles', programs: [] }],
  ['nasm-rs', { work: 'compiles', programs: ['nasm'] }],
  ['openssl-src', { work: 'compiles', programs: ['perl'] }],
  ['pkg-config', { work: 'finds', programs: ['pkg-config'] }],
  ['prost-build', { work: 'generates', programs: ['protobuf'] }],
  ['protobuf-codegen', { work: 'generates', programs: ['protobuf'] }],
  ['protobuf_codegen', { work: 'generates', programs: ['protobuf'] }],
  ['pyo3-build-config', { work: 'generates', programs: ['python3'] }],
  ['system-deps', { work: 'finds', programs: ['pkg-config'] }],
  ['vcpkg', { work: 'finds', programs: [] }],
])
