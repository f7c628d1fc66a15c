/**
 * Turns the flags that select what to compile into a `CompileRequest`.
 *
 * Mirrors `util/command_prelude.rs` and `bin/cargo/commands/{build,test,check,bench,doc}.rs` of cargo 0.96.
 */
import { parseCliFeatures } from '../cargo/resolve/cli-features.ts'
import {
  ALL_TARGETS,
  type CompileRequest,
  type FilterRule,
  type Intent,
  type PackageSelection,
  type TargetFilter,
} from '../cargo/compile-request.ts'
import { Cargo2NixError } from '../errors.ts'

/** Flags by their long names, as in cargo. */
export interface CompileFlags {
  readonly package?: readonly string[]
  readonly workspace?: boolean
  readonly all?: boolean
  readonly exclude?: readonly string[]
  readonly lib?: boolean
  readonly bins?: boolean
  readonly bin?: readonly string[]
  readonly examples?: boolean
  readonly example?: readonly string[]
  readonly tests?: boolean
  readonly test?: readonly string[]
  readonly benches?: boolean
  readonly bench?: readonly string[]
  readonly allTargets?: boolean
  readonly doc?: boolean
  /** False for `--no-deps`. */
  readonly deps: boolean
  readonly features?: readonly string[]
  readonly allFeatures?: boolean
  /** False for `--no-default-features`. */
  readonly defaultFeatures: boolean
  readonly release?: boolean
  readonly profile?: string
}

const PROFILES: Readonly<Record<string, string>> = {
  build: 'dev',
  check: 'dev',
  doc: 'dev',
  test: 'test',
  bench: 'bench',
}

/**
 * The request of `cargo SUBCOMMAND` with these flags.
 *
 * @throws Cargo2NixError `bad-argument` if cargo would refuse them.
 */
export function toCompileRequest(
  subcommand: string,
  flags: CompileFlags,
  kinds: CompileRequest['kinds'],
): CompileRequest {
  const filter = toFilter(flags)
  return {
    intent: toIntent(subcommand, flags, filter),
    documentDependencies: flags.deps,
    packages: toSelection(flags),
    filter: subcommand === 'test' && flags.doc === true ? LIBRARY_ONLY : filter,
    features: parseCliFeatures({
      features: flags.features ?? [],
      allFeatures: flags.allFeatures === true,
      noDefaultFeatures: !flags.defaultFeatures,
    }),
    profile: flags.profile ?? (flags.release === true ? 'release' : PROFILES[subcommand]!),
    kinds: [...new Set(kinds)],
  }
}

const LIBRARY_ONLY: TargetFilter = {
  kind: 'only',
  allTargets: false,
  lib: 'required',
  bins: [],
  examples: [],
  tests: [],
  benches: [],
}

function toIntent(subcommand: string, flags: CompileFlags, filter: TargetFilter): Intent {
  refuseForeignFlags(subcommand, flags)
  if (flags.release === true && flags.profile !== undefined) {
    throw badArgument('--release cannot be used with --profile', 'use one of them')
  }
  if (flags.profile === 'doc') throw badArgument('--profile: `doc` is reserved', 'use another profile')
  if (subcommand === 'test' && flags.doc === true) {
    if (filter.kind === 'only')
      throw badArgument('--doc goes with no other option that selects targets', 'use one')
    return 'doctest'
  }
  if (subcommand === 'check' && flags.profile === 'test') return 'check-test'
  return subcommand as Intent
}

/** Flags that only some subcommands have. */
const FLAGS_OF: readonly { readonly subcommands: string; readonly flags: readonly (keyof CompileFlags)[] }[] =
  [
    { subcommands: 'build test check bench', flags: ['tests', 'test', 'benches', 'bench', 'allTargets'] },
    { subcommands: 'build test check doc', flags: ['release'] },
    { subcommands: 'test', flags: ['doc'] },
  ]

function refuseForeignFlags(subcommand: string, flags: CompileFlags): void {
  if (PROFILES[subcommand] === undefined) {
    throw badArgument(`no such subcommand: \`${subcommand}\``, 'use build, test, check, bench or doc')
  }
  const foreign = FLAGS_OF.filter(({ subcommands }) => !subcommands.split(' ').includes(subcommand))
  const name = foreign.flatMap((each) => each.flags).find((each) => flags[each] !== undefined)
  if (name === undefined && (flags.deps || subcommand === 'doc')) return
  const option = name === undefined ? 'no-deps' : name === 'allTargets' ? 'all-targets' : name
  throw badArgument(`--${option}: \`${subcommand}\` has no such option`, 'leave it out')
}

function toSelection(flags: CompileFlags): PackageSelection {
  const exclude = flags.exclude ?? []
  if (flags.workspace === true || flags.all === true) {
    return { kind: 'workspace', exclude, packages: exclude.length > 0 ? [] : (flags.package ?? []) }
  }
  if (exclude.length > 0)
    throw badArgument('--exclude can only be used together with --workspace', 'add --workspace')
  return flags.package === undefined ? { kind: 'default' } : { kind: 'packages', specs: flags.package }
}

function toFilter(flags: CompileFlags): TargetFilter {
  if (flags.allTargets === true) return ALL_TARGETS
  const rule = (all: boolean | undefined, names: readonly string[] | undefined): FilterRule =>
    all === true ? 'all' : (names ?? [])
  const rules = {
    bins: rule(flags.bins, flags.bin),
    examples: rule(flags.examples, flags.example),
    tests: rule(flags.tests, flags.test),
    benches: rule(flags.benches, flags.bench),
  }
  const isSpecific = Object.values(rules).some((each) => each === 'all' || each.length > 0)
  if (flags.lib !== true && !isSpecific) return { kind: 'default' }
  return { kind: 'only', allTargets: false, lib: flags.lib === true ? 'required' : 'none', ...rules }
}

function badArgument(message: string, hint: string): Cargo2NixError {
  return new Cargo2NixError({ code: 'bad-argument', message, hint })
}
