/**
 * A package's manifest as cargo sees it after normalisation: inheritance applied, targets
 * discovered, dependency tables flattened to one list.
 *
 * In: nothing; these are the types of the value between `read` and `join`.
 * Out: what `cargo metadata --no-deps` shows, and what later stages also need.
 * Mirrors `core/manifest.rs`, `core/dependency.rs` and `util/toml/mod.rs` of cargo 0.96 (Rust 1.95).
 */
import type { SourceId } from '../ids/source-id.ts'
import type { NewerRule } from '../newer-rule.ts'

export type Edition = '2015' | '2018' | '2021' | '2024'

export type DependencyKind = 'normal' | 'development' | 'build'

/** One line of a dependency table. Cargo's `Dependency`. */
export interface Dependency {
  /** The key in the table; feature values and renames refer to it. */
  readonly nameInToml: string
  /** The package's own name: `package = "…"` or the key. */
  readonly packageName: string
  /** Cargo's requirement as written (`1.2`, `>=1, <2`); `*` when none is given. */
  readonly versionReq: string
  /** False when no `version` is given: then prereleases fit, too, which a written `*` does not accept. */
  readonly hasVersionReq: boolean
  readonly source: SourceId
  /** The index of the registry that `registry` or `registry-index` names; it counts for publishing, `source` for the rest. */
  readonly registry: string | undefined
  readonly kind: DependencyKind
  readonly optional: boolean
  readonly usesDefaultFeatures: boolean
  readonly features: readonly string[]
  /** The `X` of `[target.X.…]`, as written: a triple or `cfg(…)`. */
  readonly platform: string | undefined
  /** True when `package = "…"` renames, so the key is the extern crate name. */
  readonly renamed: boolean
  /** Set where an older cargo would have refused the line; it is never a registry's package that has one. */
  readonly newerRule?: Omit<NewerRule, 'where'>
}

export type CrateType = 'bin' | 'lib' | 'rlib' | 'dylib' | 'cdylib' | 'staticlib' | 'proc-macro'

export type TargetKind = 'lib' | 'bin' | 'test' | 'bench' | 'example' | 'custom-build'

/** A build target (a crate) of a package. Cargo's `Target`, in the order in which cargo lists them. */
export interface Target {
  readonly kind: TargetKind
  /** As rustc gets them: `['bin']` for programs, tests and build scripts; as written for libraries and examples. */
  readonly crateTypes: readonly CrateType[]
  readonly name: string
  /** Absolute; a leading `..` of the manifest stays in it. */
  readonly srcPath: string
  readonly edition: Edition
  readonly requiredFeatures: readonly string[] | undefined
  readonly tested: boolean
  readonly benched: boolean
  /** As `cargo metadata` prints it: only a library that Rust code can link has documentation tests. */
  readonly doctested: boolean
  readonly documented: boolean
  readonly harness: boolean
  readonly procMacro: boolean
  readonly docScrapeExamples: boolean | undefined
}

/** The fields of `[package]` that reach rustc's environment as `CARGO_PKG_*`, and `meta`. */
export interface PackageMetadata {
  readonly authors: readonly string[]
  readonly description: string | undefined
  readonly homepage: string | undefined
  readonly documentation: string | undefined
  readonly repository: string | undefined
  readonly license: string | undefined
  readonly licenseFile: string | undefined
  /** The path relative to the package, after cargo's defaulting; undefined when there is none. */
  readonly readme: string | undefined
  readonly rustVersion: string | undefined
}

export type LintLevel = 'forbid' | 'deny' | 'warn' | 'allow'

/** One entry of `[lints.TOOL]`, in the order in which cargo passes them to rustc. */
export interface Lint {
  readonly tool: string
  readonly name: string
  readonly level: LintLevel
  readonly priority: number
  /** `check-cfg` of `unexpected_cfgs`. */
  readonly checkCfg: readonly string[]
}

/** Cargo's `Manifest` and `Summary` in one. */
export interface Manifest {
  /** Absolute path of `Cargo.toml`. */
  readonly manifestPath: string
  readonly name: string
  readonly version: string
  readonly edition: Edition
  readonly links: string | undefined
  /** The `[features]` table as written, without implicit features. */
  readonly features: ReadonlyMap<string, readonly string[]>
  /** Normal, development and build of the plain tables, then normal, build and development of each `[target.X]`. */
  readonly dependencies: readonly Dependency[]
  readonly defaultRun: string | undefined
  readonly targets: readonly Target[]
  readonly metadata: PackageMetadata
  readonly lints: readonly Lint[]
  /** `resolver` of `[package]`; counts only in the workspace's root. */
  readonly resolver: string | undefined
  /** `[package.metadata.cargo2nix]`, unparsed. */
  readonly settings: unknown
}
