/**
 * Everything that was read from the disk: the value between `read` and `join`.
 *
 * Out of this value every later stage is a pure function.
 */
import type { Lockfile, LockedPackage } from '../lockfile.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { Patch, Replacement } from './patch-tables.ts'
import type { ScriptOutput } from '../config/links-override.ts'
import type { SourceId } from '../ids/source-id.ts'
import type { NewerRule } from '../newer-rule.ts'
import type { ToolchainFile } from './toolchain-file.ts'

/** A `[profile.X]` table of a manifest or of the configuration; undefined means "not said". */
export interface TomlProfile {
  readonly inherits?: string
  readonly optLevel?: string
  readonly lto?: boolean | string
  readonly codegenBackend?: string
  readonly codegenUnits?: number
  /** 0, 1, 2, `line-directives-only` or `line-tables-only`: `true`, `"full"` and the like are normalised. */
  readonly debug?: number | string
  readonly splitDebuginfo?: string
  readonly debugAssertions?: boolean
  readonly rpath?: boolean
  readonly panic?: string
  readonly overflowChecks?: boolean
  readonly incremental?: boolean
  readonly strip?: boolean | string
  readonly package?: Readonly<Record<string, TomlProfile>>
  readonly buildOverride?: TomlProfile
}

/** `[target.<triple or cfg>]` of the configuration. */
export interface TargetConfig {
  readonly rustflags: readonly string[] | undefined
  readonly rustdocflags: readonly string[] | undefined
  /** A program's name or an absolute path; so is the first word of `runner`. */
  readonly linker: string | undefined
  readonly runner: readonly string[] | undefined
  /** `[target.<triple>.<links>]`: overridden build scripts, by the `links` value. */
  readonly linksOverrides: Readonly<Record<string, ScriptOutput>>
}

/** What of `.cargo/config.toml` and cargo's environment variables matters here. */
export interface CargoConfig {
  readonly build: {
    readonly target: readonly string[]
    readonly rustflags: readonly string[] | undefined
    readonly rustdocflags: readonly string[] | undefined
  }
  /** By the key as written: a triple or `cfg(…)`; in the order of the merged table. */
  readonly target: Readonly<Record<string, TargetConfig>>
  readonly profile: Readonly<Record<string, TomlProfile>>
  /** The file or variable from which each of these profiles is. */
  readonly profileFiles: Readonly<Record<string, string>>
  /**
   * `relative` values are absolute paths here: they are relative to the directory of the file that sets them.
   */
  readonly env: Readonly<
    Record<string, { readonly value: string; readonly relative: boolean; readonly force: boolean }>
  >
  /** `RUSTFLAGS` or `CARGO_ENCODED_RUSTFLAGS`, which win over all tables. */
  readonly environmentRustflags: readonly string[] | undefined
  /** The same for rustdoc. */
  readonly environmentRustdocflags: readonly string[] | undefined
  /** `CARGO_INCREMENTAL` or `build.incremental`, else off for continuous integration (`CI`). */
  readonly incremental: boolean | undefined
  /** `build.warnings`: what becomes of warnings of lints in packages that are local. */
  readonly warnings: 'warn' | 'allow' | 'deny'
  /** `resolver.lockfile-path`: absolute. */
  readonly lockfilePath: string | undefined
  /** Keys that an older cargo passes over. */
  readonly newerRules: readonly NewerRule[]
}

/** A package of the lockfile together with its manifest. */
export interface LoadedPackage {
  readonly locked: LockedPackage
  readonly manifest: Manifest
  /** Where it really comes from: for path packages the directory, else the locked source. */
  readonly source: SourceId
  /** Of a git dependency that is not vendored: the directory of the repository's checkout. */
  readonly checkout?: string | undefined
  /** Of a source that is replaced with a directory: what of it is the package. */
  readonly replacement?: PackageReplacement | undefined
}

/** A vendored package's directory, or its archive in a local registry. */
export interface PackageReplacement {
  readonly kind: 'folder' | 'archive'
  /** Absolute. */
  readonly path: string
  /** For everybody it lies there: in the workspace, or where the settings say so. */
  readonly isShared: boolean
}

/** Of a vendored package: its place, its manifest's text (none of an archive), and files that cargo finds by their names. */
export type VendoredManifest = readonly [place: string, manifest: string, files: readonly string[]]

/** What lies in the workspace itself, without the packages that the lockfile takes from elsewhere. */
export interface LocalWorkspace {
  /** Absolute directory of the root manifest. */
  readonly root: string
  readonly rootManifestPath: string
  readonly lockfile: Lockfile
  /** By what evaluation knows the lockfile again. */
  readonly lockHash: string
  /** The same of the manifests of the root and of path packages in the workspace, by path relative to the root. */
  readonly manifestHashes: Readonly<Record<string, string>>
  /** In cargo's order of members. */
  readonly memberManifests: readonly Manifest[]
  /** Members first, then what they depend on by `path`, and local patches. */
  readonly pathPackages: readonly Manifest[]
  /** Directories of path packages that are links, and where they lead; relative to the root. */
  readonly linkedFolders: Readonly<Record<string, string>>
  readonly resolver: '1' | '2' | '3'
  /** `[patch]` of the root manifest and of the configuration. */
  readonly patches: readonly Patch[]
  /** `[replace]` of the root manifest. */
  readonly replacements: readonly Replacement[]
  readonly profiles: Readonly<Record<string, TomlProfile>>
  readonly config: CargoConfig
  /** `[workspace.metadata.cargo2nix]` (or the root package's), unparsed. */
  readonly settings: unknown
  /** `rust-toolchain.toml` or `rust-toolchain` of the workspace or of a directory above. */
  readonly toolchainFile: ToolchainFile | undefined
  readonly vendored: readonly VendoredManifest[]
}

export interface CargoWorkspace extends Omit<LocalWorkspace, 'memberManifests' | 'pathPackages'> {
  /** Locked packages with their manifests, in the lockfile's order. */
  readonly packages: readonly LoadedPackage[]
  /** Indices into `packages`, in cargo's order of members. */
  readonly members: readonly number[]
  readonly defaultMembers: readonly number[]
  /** Index of the package in the root manifest; undefined for a virtual workspace. */
  readonly rootPackage: number | undefined
  /** The member whose manifest was asked for (`--manifest-path` or the current directory), which narrows the default selection. */
  readonly currentPackage: number | undefined
  /** Locked packages that were not read: the disk has not all, and no platform needs these for which it was read. */
  readonly absent: ReadonlySet<LockedPackage>
  /** By the index of a registry, but crates.io: from where it has packages downloaded; those that are not known are missing. */
  readonly downloads: ReadonlyMap<string, string>
  /** Warnings that cargo would print, such as unused patches. */
  readonly warnings: readonly string[]
}
