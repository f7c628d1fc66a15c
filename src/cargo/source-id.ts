/**
 * Where a package comes from, and the strings by which lockfiles and package ids name it.
 *
 * Mirrors `core/source_id.rs` and `cargo-util-schemas/src/core/source_kind.rs` of cargo 0.96.
 */

export type GitReference =
  | { readonly kind: 'default' }
  | { readonly kind: 'branch' | 'tag' | 'rev'; readonly value: string }

export type SourceId =
  | { readonly kind: 'path'; /** Absolute folder of the package. */ readonly path: string }
  | {
      readonly kind: 'git'
      /** Without query and fragment, as written. */
      readonly url: string
      readonly reference: GitReference
      /** The locked commit; undefined in a manifest. */
      readonly commit: string | undefined
    }
  | {
      /** `sparse` indexes have the prefix `sparse+` in their url. */
      readonly kind: 'registry' | 'sparse' | 'local-registry' | 'directory'
      readonly url: string
    }

export const CRATES_IO_INDEX = 'https://github.com/rust-lang/crates.io-index'

export const CRATES_IO: SourceId = { kind: 'registry', url: CRATES_IO_INDEX }
