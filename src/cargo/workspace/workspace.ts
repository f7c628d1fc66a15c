/**
 * Everything read from the disk: the value between `read` and `join`.
 *
 * Every later stage is a pure function of this value.
 */
import type { Cargo2NixError } from '../../errors.ts'
import type { Lockfile, LockedPackage } from '../lockfile.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { Patch, Replacement } from './patch-tables.ts'
import type { ScriptOutput } from '../config/links-override.ts'
import type { SourceId } from '../ids/source-id.ts'
import type { NewerRule } from '../newer-rule.ts'
import type { CfgRow } from '../ids/cfg-expr.ts'
import type { ToolchainFile } from './toolchain-file.ts'

/** A `[profile.X]` table of a manifest or of the configuration; undefined means unset. */
export interface TomlProfile {
  readonly inherits?: string
  readonly optLevel?: string
  readonly lto?: boolean | string
  readonly codegenBackend?: string
  readonly codegenUnits?: number
  /** 0, 1, 2, `line-directives-only` or `line-tables-only`: `true`, `"full"` and the like are normalized. */
  readonly debug?: number | string
  readonly splitDebuginfo?: string
  readonly debugAssertions?: boolean
  readonly rpath?: boolean
  readonly panic?: string
  readonly overflowChecks?: boolean
  readonly incremental?: boolean
  readonly strip?: boolean | string
  readonly rustflags?: readonly string[]
  readonly package?: Readonly<Record<string, TomlProfile>>
  readonly buildOverride?: TomlProfile
}

/** `[target.<triple or cfg>]` of the configuration. */
export interface TargetConfig {
  readonly rustflags: readonly string[] | undefined
  readonly rustdocflags: readonly string[] | undefined
  /** A program's name or an absolute path, like the first word of `runner`. */
  readonly linker: string | undefined
  readonly runner: readonly string[] | undefined
  /**
   * `[target.<triple>.<links>]`: overridden build scripts, by the `links` value. Read when something is compiled
   * for the platform, as in cargo: throws Cargo2NixError `bad-config`.
   */
  readonly linksOverrides: Readonly<Record<string, ScriptOutput>>
}

/** The parts of `.cargo/config.toml` and cargo's environment variables that matter here. */
export interface CargoConfig {
  readonly build: {
    readonly target: readonly string[]
    readonly rustflags: readonly string[] | undefined
    readonly rustdocflags: readonly string[] | undefined
  }
  /** Keyed as written, by a triple or `cfg(…)`, in the order of the merged table. */
  readonly target: Readonly<Record<string, TargetConfig>>
  readonly profile: Readonly<Record<string, TomlProfile>>
  /** The file or variable that each of these profiles comes from. */
  readonly profileFiles: Readonly<Record<string, string>>
  /** Profiles that cargo refuses where something requests them. */
  readonly refusedProfiles: Readonly<Record<string, Cargo2NixError>>
  /**
   * `relative` values are absolute paths here: they are relative to the directory of the file that sets them.
   */
  readonly env: Readonly<
    Record<string, { readonly value: string; readonly relative: boolean; readonly force: boolean }>
  >
  /** `RUSTFLAGS` or `CARGO_ENCODED_RUSTFLAGS`, which override all tables. */
  readonly environmentRustflags: readonly string[] | undefined
  /** The same for rustdoc. */
  readonly environmentRustdocflags: readonly string[] | undefined
  /** `CARGO_INCREMENTAL` or `build.incremental`, else off in CI (`CI`). */
  readonly incremental: boolean | undefined
  /** `build.warnings`: what happens to lint warnings in local packages. */
  readonly warnings: 'warn' | 'allow' | 'deny'
  /** `resolver.lockfile-path`: absolute. */
  readonly lockfilePath: string | undefined
  /** `unstable.bindeps`: allows artifact dependencies, with a nightly cargo. */
  readonly bindeps: boolean
  /** Keys of `[unstable]` that a nightly cargo would follow and that are not supported. */
  readonly unsupported: readonly UnsupportedKey[]
  /** `unstable.build-std`; followed if the workspace has `std`. */
  readonly buildStd: BuildStd | undefined
  /** `unstable.json-target-spec`: allows custom targets, with a nightly cargo. */
  readonly jsonTargets: boolean
  /** By name: the file's, without `.json`. */
  readonly customTargets: Readonly<Record<string, CustomTarget>>
  /** `resolver.feature-unification`, if `unstable.feature-unification` is on, as for a nightly cargo. */
  readonly featureUnification: 'selected' | 'workspace' | 'package' | undefined
  /** Keys that an older cargo ignores. */
  readonly newerRules: readonly NewerRule[]
}

/** A key of `[unstable]`, and the file or variable that sets it. */
export interface UnsupportedKey {
  readonly name: string
  readonly where: string
}

/** Which crates of the standard library are compiled along. */
export interface BuildStd {
  readonly crates: readonly string[]
  /** `unstable.build-std-features`; undefined: cargo's default. */
  readonly features: readonly string[] | undefined
  /** The first of both keys whose value is not a list, so that a cargo that follows it refuses it. */
  readonly noList: string | undefined
  /** The file or variable that sets it. */
  readonly where: string
}

/** A target that a JSON file describes. Its name stands for it wherever a triple may. */
export interface CustomTarget {
  /** Absolute. */
  readonly path: string
  readonly text: string
  /** What rustc says about it, which is asked on demand: throws Cargo2NixError. */
  readonly row: CfgRow
}

/** A package of the lockfile with its manifest. */
export interface LoadedPackage {
  readonly locked: LockedPackage
  readonly manifest: Manifest
  /** Where it really comes from: the directory for path packages, else the locked source. */
  readonly source: SourceId
  /** For a git dependency that is not vendored: the directory of the repository's checkout. */
  readonly checkout?: string | undefined
  /** For a source replaced by a directory: what the package is there. */
  readonly replacement?: PackageReplacement | undefined
}

/** A vendored package's directory, or its archive in a local registry. */
export interface PackageReplacement {
  readonly kind: 'folder' | 'archive'
  /** Absolute. */
  readonly path: string
  /** Whether everybody has it there: in the workspace, or where the settings say so. */
  readonly isShared: boolean
}

/**
 * A vendored package: its place, its manifest's text (none for an archive), and files that cargo finds by
 * name.
 */
export type VendoredManifest = readonly [place: string, manifest: string, files: readonly string[]]

/** The workspace itself, without the packages that the lockfile takes from elsewhere. */
export interface LocalWorkspace {
  /** Absolute directory of the root manifest. */
  readonly root: string
  readonly rootManifestPath: string
  readonly lockfile: Lockfile
  /** Identifies the lockfile during evaluation. */
  readonly lockHash: string
  /**
   * The same for the manifests of the root and of path packages in the workspace, by path relative to the
   * root.
   */
  readonly manifestHashes: Readonly<Record<string, string>>
  /** In cargo's order of members. */
  readonly memberManifests: readonly Manifest[]
  /** Members first, then their `path` dependencies, and local patches. */
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
  /** `rust-toolchain.toml` or `rust-toolchain` from the workspace or a directory above. */
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
  /**
   * The member whose manifest was requested (`--manifest-path` or the current directory); it narrows the
   * default selection.
   */
  readonly currentPackage: number | undefined
  /**
   * Locked packages that were not read: not all are on disk, and none of the requested platforms needs these.
   */
  readonly absent: ReadonlySet<LockedPackage>
  /**
   * Packages from registries whose index is not on this machine: what their manifests say must do, and
   * another machine may know better.
   */
  readonly unindexed: readonly LockedPackage[]
  /**
   * Keyed by registry index, except crates.io: where the registry serves its downloads. Unknown ones are
   * missing.
   */
  readonly downloads: ReadonlyMap<string, string>
  /** Warnings that cargo would print, such as unused patches. */
  readonly warnings: readonly string[]
  /** The standard library's own workspace, if it is compiled along; of its packages only those of the toolchain. */
  readonly std?: CargoWorkspace
}
