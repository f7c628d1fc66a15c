/**
 * A package's manifest as cargo sees it after normalization: inheritance applied, targets
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

/** `artifact = "…"`: what is compiled of a dependency for its files. Nightly cargo's `Artifact`. */
export interface Artifact {
  /** `bin` (all binaries), `bin:NAME`, `cdylib` or `staticlib`. */
  readonly kinds: readonly string[]
  /** Code can use the library, too. */
  readonly withLibrary: boolean
  /** A triple; `target`: what the build script's package is compiled for; undefined: like a library. */
  readonly target: string | undefined
}

/** One line of a dependency table. Cargo's `Dependency`. */
export interface Dependency {
  /** The key in the table; feature values and renames refer to it. */
  readonly nameInToml: string
  /** The package's own name: `package = "…"` or the key. */
  readonly packageName: string
  /** Cargo's requirement as written (`1.2`, `>=1, <2`); `*` if there is none. */
  readonly versionReq: string
  /** False if there is no `version`: then prereleases also match, unlike with a written `*`. */
  readonly hasVersionReq: boolean
  readonly source: SourceId
  /**
   * The index that `registry` or `registry-index` names. It matters only for publishing; `source` matters for
   * everything else.
   */
  readonly registry: string | undefined
  readonly kind: DependencyKind
  readonly optional: boolean
  readonly usesDefaultFeatures: boolean
  readonly features: readonly string[]
  /** The `X` of `[target.X.…]`, as written: a triple or `cfg(…)`. */
  readonly platform: string | undefined
  /** True if `package = "…"` renames the dependency, so that the key is the extern crate name. */
  readonly renamed: boolean
  readonly artifact: Artifact | undefined
  /** `public = true`, which counts if the manifest `hasPublicDependencies`; never set for a registry package. */
  readonly isPublic?: true
  /** Set if an older cargo would have refused the line; never set for a registry package. */
  readonly newerRule?: Omit<NewerRule, 'where'>
}

export type CrateType = 'bin' | 'lib' | 'rlib' | 'dylib' | 'cdylib' | 'staticlib' | 'proc-macro'

export type TargetKind = 'lib' | 'bin' | 'test' | 'bench' | 'example' | 'custom-build'

/** A build target (a crate) of a package. Cargo's `Target`, in cargo's order. */
export interface Target {
  readonly kind: TargetKind
  /**
   * As rustc gets them: `['bin']` for binaries, tests and build scripts; as written for libraries and
   * examples.
   */
  readonly crateTypes: readonly CrateType[]
  readonly name: string
  /** Absolute; keeps a leading `..` of the manifest. */
  readonly srcPath: string
  readonly edition: Edition
  readonly requiredFeatures: readonly string[] | undefined
  readonly tested: boolean
  readonly benched: boolean
  /** As `cargo metadata` prints it: only libraries that Rust code can link have doctests. */
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
  /** The path relative to the package, with cargo's defaults applied; undefined if there is none. */
  readonly readme: string | undefined
  readonly rustVersion: string | undefined
}

export type LintLevel = 'forbid' | 'deny' | 'warn' | 'allow'

/** One entry of `[lints.TOOL]`, in the order that cargo passes them to rustc. */
export interface Lint {
  readonly tool: string
  readonly name: string
  readonly level: LintLevel
  readonly priority: number
  /** `check-cfg` of `unexpected_cfgs`. */
  readonly checkCfg: readonly string[]
}

/** Cargo's `Manifest` and `Summary` combined. */
export interface Manifest {
  /** Absolute path of `Cargo.toml`. */
  readonly manifestPath: string
  readonly name: string
  readonly version: string
  readonly edition: Edition
  readonly links: string | undefined
  /** `links` as cargo's resolver sees it: for a package from a registry, what the index says. */
  readonly resolverLinks: string | undefined
  /** The `[features]` table as written, without implicit features. */
  readonly features: ReadonlyMap<string, readonly string[]>
  /** Normal, development and build of the plain tables, then normal, build and development of each `[target.X]`. */
  readonly dependencies: readonly Dependency[]
  readonly defaultRun: string | undefined
  readonly targets: readonly Target[]
  readonly metadata: PackageMetadata
  readonly lints: readonly Lint[]
  /** `resolver` of `[package]`; only used in the workspace root. */
  readonly resolver: string | undefined
  /** What `cargo-features` turns on and only a nightly cargo has. */
  readonly unstableFeatures: readonly string[]
  /** `[package.metadata.cargo2nix]`, unparsed. */
  readonly settings: unknown
  /** `cargo-features` has `public-dependency`; never set for a registry package. */
  readonly hasPublicDependencies?: true
}
