/**
 * Which members a request means, and with which features.
 *
 * In: PackageGraph, CompileRequest. Out: selected packages, and the members that take part in resolution.
 * Mirrors `ops/cargo_compile/packages.rs` and `Workspace::members_with_features` of cargo 0.96.
 */
import { Cargo2NixError } from '../errors.ts'
import type { CliFeatures, PackageSelection } from './compile-request.ts'
import { DEFAULT_FEATURES } from './compile-request.ts'
import { printFeatureValue, type FeatureValue } from './feature-value.ts'
import { globToRegExp, isGlobPattern } from './glob.ts'
import type { Package, PackageGraph } from './package-graph.ts'
import { parsePackageIdSpec, specMatches, type PackageIdSpec } from './package-id-spec.ts'

export interface MemberRequest {
  readonly member: Package
  readonly features: CliFeatures
}

/**
 * The packages that are to be compiled, in cargo's order of package ids.
 *
 * @throws Cargo2NixError `bad-argument` when a name matches nothing, or nothing is selected.
 */
export function selectPackages(graph: PackageGraph, selection: PackageSelection): readonly Package[] {
  const selected = selectUnsorted(graph, selection)
  if (selected.length === 0) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      path: graph.workspace.rootManifestPath,
      message: 'no packages to compile',
      hint: 'name members with --package, or take all with --workspace',
    })
  }
  return selected.toSorted((a, b) => a.index - b.index)
}

function selectUnsorted(graph: PackageGraph, selection: PackageSelection): readonly Package[] {
  if (selection.kind === 'default') return graph.defaultMembers
  if (selection.kind === 'workspace') {
    const excluded = selection.exclude.map(toMatcher)
    return graph.members.filter((member) => !excluded.some((matches) => matches(member)))
  }
  const found = new Set<Package>()
  for (const text of selection.specs) {
    // Globs look at members only, specifications at every locked package.
    const pool = isGlobPattern(text) ? graph.members : graph.packages
    const matched = pool.filter(toMatcher(text))
    if (matched.length === 0 || (matched.length > 1 && !isGlobPattern(text))) {
      throw new Cargo2NixError({
        code: 'bad-argument',
        message:
          matched.length === 0
            ? `package \`${text}\` did not match any packages`
            : `package \`${text}\` is ambiguous: ${matched.map((item) => `${item.name}@${item.version}`).join(', ')}`,
        hint: 'see the members with `cargo metadata --no-deps`',
      })
    }
    for (const item of matched) found.add(item)
  }
  return [...found]
}

function toMatcher(text: string): (item: Package) => boolean {
  if (isGlobPattern(text)) {
    const pattern = globToRegExp(text)
    return (item) => pattern.test(item.name)
  }
  const spec: PackageIdSpec = parsePackageIdSpec(text)
  return (item) => specMatches(spec, item)
}

/**
 * The members from which features are resolved, each with what the command line asks of it.
 * Resolver 1 always includes the package of the current folder, and gives named features to it only.
 *
 * @throws Cargo2NixError `bad-argument` for a feature that no selected member has.
 */
export function membersWithFeatures(
  graph: PackageGraph,
  selected: readonly Package[],
  features: CliFeatures,
): readonly MemberRequest[] {
  return graph.rootPackage !== undefined && graph.workspace.resolver === '1'
    ? membersOfOldStyle(graph, selected, features)
    : membersOfNewStyle(graph, selected, features)
}

function membersOfNewStyle(
  graph: PackageGraph,
  selected: readonly Package[],
  features: CliFeatures,
): readonly MemberRequest[] {
  const members = graph.members.filter((member) => selected.includes(member))
  if (members.length === 0) return membersForOutsiders(graph, features)
  const found = new Set<FeatureValue>()
  const requests = members.map((member) => ({ member, features: matchingFeatures(member, features, found) }))
  const unknown = features.features.filter((value) => !found.has(value))
  if (unknown.length > 0) {
    const names = unknown.map((value) => `\`${printFeatureValue(value)}\``).join(', ')
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `none of the selected packages has the feature ${names}`,
      hint: `selected: ${members.map((member) => member.name).join(', ')}`,
    })
  }
  return requests
}

/** `--package` of a dependency: the members are resolved with their defaults, so that it is in the graph. */
function membersForOutsiders(graph: PackageGraph, features: CliFeatures): readonly MemberRequest[] {
  if (features.features.length > 0 || features.allFeatures || !features.usesDefaultFeatures) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: 'cannot specify features for packages outside of workspace',
      hint: 'leave out --features, --all-features and --no-default-features, or select a member',
    })
  }
  return graph.members.map((member) => ({ member, features: DEFAULT_FEATURES }))
}

/** What of the command line's features the member has. What is found is added to `found`. */
function matchingFeatures(member: Package, cli: CliFeatures, found: Set<FeatureValue>): CliFeatures {
  const dependencies = new Map(member.manifest.dependencies.map((item) => [item.nameInToml, item]))
  const has = (name: string): boolean =>
    member.features.has(name) || dependencies.get(name)?.optional === true
  const features: FeatureValue[] = []
  for (const value of cli.features) {
    const mine = ownFeature(member, value, has, dependencies)
    if (mine === undefined) continue
    features.push(mine)
    found.add(value)
  }
  return { ...cli, features }
}

function ownFeature(
  member: Package,
  value: FeatureValue,
  has: (name: string) => boolean,
  dependencies: ReadonlyMap<string, unknown>,
): FeatureValue | undefined {
  if (value.kind === 'feature') return has(value.name) ? value : undefined
  if (value.kind === 'dep') return undefined
  if (dependencies.has(value.depName)) return value
  return value.depName === member.name && has(value.feature)
    ? { kind: 'feature', name: value.feature }
    : undefined
}

function membersOfOldStyle(
  graph: PackageGraph,
  selected: readonly Package[],
  cli: CliFeatures,
): readonly MemberRequest[] {
  const current = graph.currentPackage
  const forMember = new Map<string, FeatureValue[]>()
  const forCurrent: FeatureValue[] = []
  for (const value of cli.features) {
    const names =
      value.kind === 'dep-feature' &&
      graph.members.some((member) => member !== current && member.name === value.depName) &&
      selected.some((item) => item.name === value.depName)
    if (names) {
      const list = forMember.get(value.depName) ?? []
      list.push({ kind: 'feature', name: value.feature })
      forMember.set(value.depName, list)
    } else {
      forCurrent.push(value)
    }
  }
  const requests: MemberRequest[] = []
  for (const member of graph.members) {
    if (member === current) {
      requests.push({ member, features: { ...cli, features: forCurrent } })
    } else if (selected.includes(member)) {
      const features = forMember.get(member.name) ?? []
      requests.push({ member, features: { ...cli, features, usesDefaultFeatures: true } })
    }
  }
  return requests
}
