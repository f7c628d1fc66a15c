/**
 * Which members a request selects, and with which features.
 *
 * In: PackageGraph, CompileRequest. Out: specifications, the members that take part in resolution, and
 * finally the packages to compile.
 * Mirrors `ops/cargo_compile/packages.rs` and `Workspace::members_with_features` of cargo 0.96.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { CliFeatures, FeatureValue, PackageSelection } from '../compile-request.ts'
import { DEFAULT_FEATURES } from '../compile-request.ts'
import { printFeatureValue } from '../manifest/feature-value.ts'
import { globToRegExp, isGlobPattern } from '../glob.ts'
import type { Package, PackageGraph } from './package-graph.ts'
import { parsePackageIdSpec, specMatches, type PackageIdSpec } from '../ids/package-id-spec.ts'

export interface MemberRequest {
  readonly member: Package
  readonly features: CliFeatures
}

/** One package that a request selects: a member itself, or a text that must match exactly one package. */
export interface PackageSpec {
  readonly text: string
  readonly matches: (item: Package) => boolean
  /** Where the only match is known. */
  readonly member?: Package
}

/**
 * The packages that a selection names; globs and flags become the members that they match.
 *
 * @throws Cargo2NixError `bad-argument` for text that is not a specification, a pattern that matches no
 *   member, or an empty selection.
 */
export function packageSpecs(graph: PackageGraph, selection: PackageSelection): readonly PackageSpec[] {
  const specs = specsOf(graph, selection)
  if (specs.length > 0) return specs
  throw new Cargo2NixError({
    code: 'bad-argument',
    path: graph.workspace.rootManifestPath,
    message: 'no packages to compile',
    hint: 'name members with --package, or take all with --workspace',
  })
}

function specsOf(graph: PackageGraph, selection: PackageSelection): readonly PackageSpec[] {
  if (selection.kind === 'default') return graph.defaultMembers.map(specOfMember)
  if (selection.kind === 'workspace') {
    const included = matchMembers(graph, parseTexts(selection.packages ?? []))
    refuseUnmatched(included, '--package')
    const { members } = matchMembers(graph, parseTexts(selection.exclude))
    return graph.members.filter((member) => !members.has(member)).map(specOfMember)
  }
  const { specs, patterns } = parseTexts(selection.specs)
  const found = matchMembers(graph, { specs: [], patterns })
  refuseUnmatched(found, '--package')
  const named = specs.map(({ text, spec }) => ({ text, matches: (item: Package) => specMatches(spec, item) }))
  return [...named, ...[...found.members].map(specOfMember)]
}

function specOfMember(member: Package): PackageSpec {
  return { text: member.name, matches: (item) => item === member, member }
}

interface ParsedSpec {
  readonly text: string
  readonly spec: PackageIdSpec
}

interface ParsedPattern {
  readonly text: string
  readonly pattern: RegExp
}

interface ParsedTexts {
  readonly specs: readonly ParsedSpec[]
  readonly patterns: readonly ParsedPattern[]
}

/** Text that cannot be a specification may be a pattern. */
function parseTexts(texts: readonly string[]): ParsedTexts {
  const specs: ParsedSpec[] = []
  const patterns: ParsedPattern[] = []
  for (const text of new Set(texts)) {
    if (isGlobPattern(text) && !text.includes('://')) patterns.push({ text, pattern: globToRegExp(text) })
    else specs.push({ text, spec: parsePackageIdSpec(text) })
  }
  return { specs, patterns }
}

interface MatchedMembers {
  readonly members: ReadonlySet<Package>
  readonly unmatched: readonly string[]
}

/** A specification is used up once it matches one member; a pattern matches any number. */
function matchMembers(graph: PackageGraph, { specs, patterns }: ParsedTexts): MatchedMembers {
  const members = new Set<Package>()
  const unspent = new Set<ParsedSpec | ParsedPattern>([...specs, ...patterns])
  for (const member of graph.members) {
    const named = specs.find((each) => unspent.has(each) && specMatches(each.spec, member))
    const patterned = patterns.filter(({ pattern }) => pattern.test(member.name))
    if (named === undefined && patterned.length === 0) continue
    members.add(member)
    if (named !== undefined) unspent.delete(named)
    else unspent.delete(patterned[0]!)
  }
  return { members, unmatched: [...unspent].map(({ text }) => text) }
}

/** The names and patterns of members to exclude that exclude none. */
export function idleExcludes(graph: PackageGraph, exclude: readonly string[]): readonly string[] {
  return exclude.filter((text) => matchMembers(graph, parseTexts([text])).members.size === 0)
}

function refuseUnmatched({ unmatched }: MatchedMembers, option: string): void {
  if (unmatched.length === 0) return
  throw new Cargo2NixError({
    code: 'bad-argument',
    message: `${option}: no member of the workspace is called ${unmatched.map((text) => `\`${text}\``).join(', ')}`,
    hint: 'see the members with `cargo metadata --no-deps`',
  })
}

/**
 * The packages to compile, in cargo's order of package IDs.
 *
 * @param reached the packages that take part in the request
 * @throws Cargo2NixError `bad-argument` if a specification matches none of them, or several.
 */
export function selectPackages(
  specs: readonly PackageSpec[],
  reached: readonly Package[],
): readonly Package[] {
  const selected = new Set<Package>()
  const all = new Set(reached)
  for (const { text, matches, member } of specs) {
    const matched = member === undefined ? reached.filter(matches) : all.has(member) ? [member] : []
    if (matched.length !== 1) throw notOne(text, matched)
    selected.add(matched[0]!)
  }
  return [...selected].toSorted((a, b) => a.index - b.index)
}

function notOne(text: string, matched: readonly Package[]): Cargo2NixError {
  const several = matched.map((item) => `${item.name}@${item.version}`).join(', ')
  return new Cargo2NixError({
    code: 'bad-argument',
    message:
      matched.length === 0
        ? `package \`${text}\` did not match any packages`
        : `package \`${text}\` is ambiguous: ${several}`,
    hint: 'see the members with `cargo metadata --no-deps`',
  })
}

/**
 * The members to resolve features from, each with the command line's request. Resolver 1, run in a package's
 * directory, always includes that package, and applies named features to it only.
 *
 * @throws Cargo2NixError `bad-argument` for a feature that no selected member has.
 */
export function membersWithFeatures(
  graph: PackageGraph,
  specs: readonly PackageSpec[],
  features: CliFeatures,
): readonly MemberRequest[] {
  const named = new Set(specs.map(({ member }) => member))
  const texts = specs.filter(({ member }) => member === undefined)
  const selected = graph.members.filter(
    (item) => named.has(item) || texts.some(({ matches }) => matches(item)),
  )
  return graph.currentPackage !== undefined && graph.workspace.resolver === '1'
    ? membersOfOldStyle(graph, selected, features)
    : membersOfNewStyle(graph, selected, features)
}

function membersOfNewStyle(
  graph: PackageGraph,
  members: readonly Package[],
  features: CliFeatures,
): readonly MemberRequest[] {
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

/** `--package` with a dependency: resolves the members with their defaults, so that it is in the graph. */
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

/** The features from the command line that the member has. Adds those found to `found`. */
function matchingFeatures(member: Package, cli: CliFeatures, found: Set<FeatureValue>): CliFeatures {
  if (cli.features.length === 0) return cli
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
      forMember.delete(member.name)
      requests.push({ member, features: { ...cli, features, usesDefaultFeatures: true } })
    }
  }
  return requests
}
