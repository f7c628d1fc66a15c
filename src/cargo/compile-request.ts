/**
 * What a cargo command line requests: the input of resolution and expansion, besides the package graph.
 *
 * Mirrors `CompileOptions` and `CompileFilter` of `ops/cargo_compile` in cargo 0.96.
 */
/** The values allowed in a list of features. */
export type FeatureValue =
  | { readonly kind: 'feature'; readonly name: string }
  | { readonly kind: 'dep'; readonly depName: string }
  | {
      readonly kind: 'dep-feature'
      readonly depName: string
      readonly feature: string
      readonly weak: boolean
    }

/** `check-test` is `cargo check --profile test`; `doctest` is `cargo test --doc`. */
export type Intent = 'build' | 'test' | 'bench' | 'check' | 'check-test' | 'doc' | 'doctest'

/** Those that need dev-dependencies, whatever the filter. */
export const TEST_INTENTS: readonly Intent[] = ['test', 'bench', 'check-test', 'doctest']

/** Cargo's `CompileKind`: a requested target triple, or null for the compiling machine. */
export type CompileKind = string | null

/** Which packages: `--workspace`, `--package`, `--exclude`, or none of them. Texts are specs or globs. */
export type PackageSelection =
  | { readonly kind: 'default' }
  | {
      readonly kind: 'workspace'
      readonly exclude: readonly string[]
      /** Members that must exist, though all are selected: `--workspace --package NAME`. */
      readonly packages?: readonly string[]
    }
  | { readonly kind: 'packages'; readonly specs: readonly string[] }

/** `--bins` is `all`; `--bin NAME` (names or globs) is a list. */
export type FilterRule = 'all' | readonly string[]

/** Which targets of the packages. */
export type TargetFilter =
  | { readonly kind: 'default' }
  | {
      readonly kind: 'only'
      readonly allTargets: boolean
      /** `--lib` is `required`; `--all-targets` includes a library if there is one. */
      readonly lib: 'required' | 'if-any' | 'none'
      readonly bins: FilterRule
      readonly examples: FilterRule
      readonly tests: FilterRule
      readonly benches: FilterRule
    }

/** `--all-targets`. */
export const ALL_TARGETS: TargetFilter = {
  kind: 'only',
  allTargets: true,
  lib: 'if-any',
  bins: 'all',
  examples: 'all',
  tests: 'all',
  benches: 'all',
}

/** `--features`, `--all-features`, `--no-default-features`. */
export interface CliFeatures {
  readonly features: readonly FeatureValue[]
  readonly allFeatures: boolean
  readonly usesDefaultFeatures: boolean
}

export interface CompileRequest {
  readonly intent: Intent
  /** `cargo doc` without `--no-deps`. */
  readonly documentDependencies: boolean
  readonly packages: PackageSelection
  readonly filter: TargetFilter
  readonly features: CliFeatures
  /** Name of the profile: `dev`, `release`, `test`, … */
  readonly profile: string
  /** `[null]` without `--target`. */
  readonly kinds: readonly CompileKind[]
}

/**
 * The library of `--lib` and the tests of `--tests` determine whether dev-dependencies take part
 * (`HasDevUnits`).
 */
export function needsDevDependencies(request: CompileRequest): boolean {
  const { intent, filter } = request
  if (TEST_INTENTS.includes(intent)) return true
  if (filter.kind === 'default') return false
  return [filter.examples, filter.tests, filter.benches].some((rule) => rule === 'all' || rule.length > 0)
}

export const DEFAULT_FEATURES: CliFeatures = { features: [], allFeatures: false, usesDefaultFeatures: true }

/** `cargo build --workspace`, the request that others are derived from. */
export const BUILD_WORKSPACE: CompileRequest = {
  intent: 'build',
  documentDependencies: false,
  packages: { kind: 'workspace', exclude: [] },
  filter: { kind: 'default' },
  features: DEFAULT_FEATURES,
  profile: 'dev',
  kinds: [null],
}

/**
 * The kinds that `--target` names, or else the configuration; without either, units are for the compiling
 * machine.
 *
 * @param host the machine's triple, which `host-tuple` stands for
 */
export function requestedKinds(
  targets: readonly string[],
  configured: readonly string[],
  host: string,
): readonly CompileKind[] {
  const names = (targets.length > 0 ? targets : configured).map((name) => name.trim())
  const triples = names.map((name) => (name === 'host-tuple' ? host : name))
  return triples.length > 0 ? [...new Set(triples)] : [null]
}
