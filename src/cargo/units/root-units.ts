/**
 * The units that a request names directly: the roots of the unit graph.
 *
 * In: an Expansion and the selected packages. Out: units without dependencies, in cargo's order.
 * Mirrors `ops/cargo_compile/unit_generator.rs` of cargo 0.96.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { FilterRule, Intent, TargetFilter } from '../compile-request.ts'
import { availableFeatures, makeUnit, type Expansion } from './expansion.ts'
import { parseFeatureValue } from '../manifest/feature-value.ts'
import { globToRegExp, isGlobPattern } from '../glob.ts'
import type { Target, TargetKind } from '../manifest/manifest.ts'
import type { Package } from '../resolve/package-graph.ts'
import {
  compareUnits,
  crateName,
  isAnyTest,
  isDoctestable,
  isForHost,
  kindForTarget,
  profileRoleOf,
  unitForNormal,
  unitForTest,
  type CompileMode,
  type Unit,
} from './unit.ts'

/** A target that may become a unit, if its required features are enabled. */
interface Proposal {
  readonly item: Package
  readonly target: Target
  /** Named on the command line: missing features are an error. */
  readonly requiresFeatures: boolean
  readonly mode: CompileMode
}

/**
 * Lists the root units.
 *
 * @throws Cargo2NixError `bad-argument` if a named target does not exist or lacks its features.
 */
export function rootUnits(expansion: Expansion, packages: readonly Package[]): readonly Unit[] {
  const { filter } = expansion.request
  const proposals =
    filter.kind === 'default'
      ? packages.flatMap((item) => defaultProposals(expansion.request.intent, item))
      : filteredProposals(expansion.request.intent, packages, filter)
  const available = new Map<Package, ReadonlySet<string>>()
  const units = new Set<Unit>()
  for (const proposal of proposals) {
    if (!hasRequiredFeatures(expansion, proposal, available)) continue
    for (const unit of unitsOf(expansion, proposal)) units.add(unit)
  }
  return [...units].toSorted(compareUnits)
}

function modeOf(intent: Intent): CompileMode {
  if (intent === 'test' || intent === 'bench') return 'test'
  return intent
}

function defaultProposals(intent: Intent, item: Package): readonly Proposal[] {
  const { targets } = item.manifest
  const chosen = targets.filter((target) => isDefault(intent, target, targets))
  const proposals = chosen.map((target) => ({ item, target, requiresFeatures: false, mode: modeOf(intent) }))
  if (intent !== 'test') return proposals
  const library = targets.find((target) => target.kind === 'lib' && target.doctested && isDoctestable(target))
  return library === undefined
    ? proposals
    : [...proposals, { item, target: library, requiresFeatures: false, mode: 'doctest' }]
}

function isDefault(intent: Intent, target: Target, all: readonly Target[]): boolean {
  if (intent === 'bench') return target.benched
  if (intent === 'test') return target.tested || target.kind === 'example'
  if (intent !== 'doc') return target.kind === 'lib' || target.kind === 'bin'
  // A binary named like its library would overwrite the library's pages.
  const shadowed = all.some((other) => other.kind === 'lib' && crateName(other) === crateName(target))
  return target.documented && !(target.kind === 'bin' && shadowed)
}

function filteredProposals(
  intent: Intent,
  packages: readonly Package[],
  filter: TargetFilter & { kind: 'only' },
): readonly Proposal[] {
  const mode = modeOf(intent)
  const testMode =
    intent === 'build' ? 'test' : intent === 'check' || intent === 'check-test' ? 'check-test' : mode
  const is = (kind: TargetKind) => (target: Target) => target.kind === kind
  const { lib, bins, examples, tests, benches } = filter
  return [
    ...(lib === 'none' ? [] : libraryProposals(intent, packages, filter, mode)),
    ...ruleProposals(packages, bins, 'bin', is('bin'), mode),
    ...ruleProposals(packages, examples, 'example', is('example'), mode),
    ...ruleProposals(
      packages,
      tests,
      'test',
      tests === 'all' ? (target) => target.tested : is('test'),
      testMode,
    ),
    ...ruleProposals(
      packages,
      benches,
      'bench',
      benches === 'all' ? (target) => target.benched : is('bench'),
      testMode,
    ),
  ]
}

function libraryProposals(
  intent: Intent,
  packages: readonly Package[],
  filter: TargetFilter & { kind: 'only' },
  mode: CompileMode,
): readonly Proposal[] {
  const libraries = proposalsWhere(packages, (target) => target.kind === 'lib', false, mode)
  const usable = libraries.filter(({ target }) => intent !== 'doctest' || isDoctestable(target))
  if (usable.length === 0 && filter.lib === 'required' && !filter.allTargets) {
    const names = packages.map((item) => `\`${item.name}\``).join(', ')
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `--lib: no library targets found in ${names}`,
      hint: 'leave out --lib, or select other packages',
    })
  }
  return usable
}

function ruleProposals(
  packages: readonly Package[],
  rule: FilterRule,
  option: string,
  isKind: (target: Target) => boolean,
  mode: CompileMode,
): readonly Proposal[] {
  if (rule === 'all') return proposalsWhere(packages, isKind, false, mode)
  return rule.flatMap((name) => namedProposals(packages, name, option, isKind, mode))
}

function namedProposals(
  packages: readonly Package[],
  name: string,
  option: string,
  isKind: (target: Target) => boolean,
  mode: CompileMode,
): readonly Proposal[] {
  const pattern = isGlobPattern(name) ? globToRegExp(name) : undefined
  const matches = (target: Target): boolean =>
    pattern === undefined ? target.name === name : pattern.test(target.name)
  const proposals = proposalsWhere(packages, (target) => isKind(target) && matches(target), true, mode)
  if (proposals.length > 0) return proposals
  const names = packages.flatMap((item) => item.manifest.targets.filter(isKind).map((target) => target.name))
  throw new Cargo2NixError({
    code: 'bad-argument',
    message: `--${option}: no ${option} target named \`${name}\` in the selected packages`,
    hint: names.length === 0 ? `they have no ${option} targets` : `they have: ${names.join(', ')}`,
  })
}

function proposalsWhere(
  packages: readonly Package[],
  matches: (target: Target) => boolean,
  requiresFeatures: boolean,
  mode: CompileMode,
): readonly Proposal[] {
  return packages.flatMap((item) =>
    item.manifest.targets.filter(matches).map((target) => ({ item, target, requiresFeatures, mode })),
  )
}

function hasRequiredFeatures(
  expansion: Expansion,
  { item, target, requiresFeatures }: Proposal,
  cache: Map<Package, ReadonlySet<string>>,
): boolean {
  const required = target.requiredFeatures
  if (required === undefined) return true
  refuseBadFeatures(item, target, required)
  let available = cache.get(item)
  if (available === undefined) {
    const { request } = expansion
    available = availableFeatures(expansion, item, expansion.withDevDependencies, request.kinds)
    cache.set(item, available)
  }
  if (target.kind === 'lib' || required.every((name) => available.has(name))) return true
  if (!requiresFeatures) return false
  throw new Cargo2NixError({
    code: 'bad-argument',
    path: item.manifest.manifestPath,
    message: `target \`${target.name}\` in package \`${item.name}\` requires the features: ${required.join(', ')}`,
    hint: `enable them with --features "${required.join(' ')}"`,
  })
}

/** For other mistakes in `required-features` cargo only warns. */
function refuseBadFeatures(item: Package, target: Target, required: readonly string[]): void {
  for (const text of required) {
    const value = parseFeatureValue(text)
    const isBad = value.kind === 'dep' || (value.kind === 'dep-feature' && value.weak)
    if (!isBad) continue
    throw new Cargo2NixError({
      code: 'bad-manifest',
      path: item.manifest.manifestPath,
      message: `${target.kind}.required-features: \`${text}\` of \`${target.name}\` has \`${value.kind === 'dep' ? 'dep:' : '?'}\``,
      hint: 'name a feature, or `dependency/feature`',
    })
  }
}

function unitsOf(expansion: Expansion, { item, target, mode }: Proposal): readonly Unit[] {
  const { request, targets, profiles } = expansion
  // `cargo test` compiles examples without --test, to check that they compile.
  const asBuild =
    mode === 'test' && target.kind === 'example' && request.filter.kind === 'default' && !target.tested
  // Root proc macros have the profile of a target unit, but unwind.
  const unwinds = isAnyTest(mode) || isForHost(target)
  const featuresFor = target.procMacro ? 'hostDep' : 'normalOrDev'
  return request.kinds.map((requested) => {
    // Without --target, units are first created as for an explicit host; see share-units.ts.
    const kind = requested ?? targets.host
    const unitFor = unwinds ? unitForTest(kind) : unitForNormal(kind)
    const profile = profiles.profileFor(item, profileRoleOf(unitFor, kind))
    const settings = { profile, kind: kindForTarget(kind, target), mode: asBuild ? 'build' : mode } as const
    return makeUnit(expansion, item, target, settings, featuresFor)
  })
}
