/**
 * `Cargo.lock`, versions 1 to 4, in one shape.
 *
 * Mirrors `core/resolver/encode.rs` of cargo 0.96. Dependencies are resolved to packages of the same
 * file, and checksums of version 1 (`[metadata]`) are joined to their packages.
 */
import type { SourceId } from './source-id.ts'

export interface LockedPackage {
  readonly name: string
  readonly version: string
  /** Undefined for path packages: the lockfile does not say where they are. */
  readonly source: SourceId | undefined
  /** The `source` string as it stands in the file. */
  readonly sourceText: string | undefined
  /** SHA-256, hexadecimal. */
  readonly checksum: string | undefined
  /** Indices into `Lockfile.packages`, in the file's order. */
  readonly dependencies: readonly number[]
  /** Index of the package that `[replace]`s this one. */
  readonly replace: number | undefined
}

export interface Lockfile {
  readonly version: 1 | 2 | 3 | 4
  readonly packages: readonly LockedPackage[]
  /** `[[patch.unused]]`, as name, version and source. */
  readonly unusedPatches: readonly { readonly name: string; readonly version: string; readonly source: string | undefined }[]
}
