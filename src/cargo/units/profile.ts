/**
 * Profiles: the settings that a unit is compiled with.
 *
 * In: `[profile]` tables of the root manifest and of the configuration. Out: a Profile for a package in a role.
 * Mirrors `profiles.rs` of cargo 0.100. Keeps two of its quirks: each merged layer decides `strip` again, and
 * equality of profiles ignores whether `strip` and `debuginfo` are still open (`deferred`).
 */
import { Cargo2NixError } from '../../errors.ts'
import type { CompileKind } from '../compile-request.ts'
import { ALWAYS_READ } from '../workspace/config-profile.ts'
import type { Package, PackageGraph } from '../resolve/package-graph.ts'
import { parsePackageIdSpec, specMatches, type PackageIdSpec } from '../ids/package-id-spec.ts'
import type { TomlProfile } from '../workspace/workspace.ts'
import { recordOf } from '../../record.ts'

export type Lto = string

/** A setting that later stages may still change: cargo's `Deferred` and `Resolved`. */
export interface Deferrable<T> {
  readonly value: T
  readonly deferred: boolean
}

export interface Profile {
  readonly name: string
  readonly root: 'debug' | 'release'
  readonly optLevel: string
  /** `off`, `true`, `false`, `thin`, `fat`: cargo's own spelling. */
  readonly lto: Lto
  readonly codegenBackend: string | null
  readonly codegenUnits: number | null
  /** 0, 1, 2, `line-tables-only` or `line-directives-only`. */
  readonly debuginfo: Deferrable<number | string>
  readonly splitDebuginfo: string | null
  readonly debugAssertions: boolean
  readonly overflowChecks: boolean
  readonly rpath: boolean
  readonly incremental: boolean
  readonly panic: string
  /** `none`, `symbols`, `debuginfo`. */
  readonly strip: Deferrable<string>
  readonly rustflags: readonly string[]
}

/** What the profile is for. */
export interface ProfileRole {
  /** Build scripts, proc macros and their dependencies. */
  readonly isForHost: boolean
  /** Tests and host units always unwind. */
  readonly panic: 'unwind' | 'as-profile'
  readonly kind: CompileKind
}

const DEFAULT: Profile = {
  name: '',
  root: 'debug',
  optLevel: '0',
  lto: 'false',
  codegenBackend: null,
  codegenUnits: null,
  debuginfo: { value: 0, deferred: false },
  splitDebuginfo: null,
  debugAssertions: false,
  overflowChecks: false,
  rpath: false,
  incremental: false,
  panic: 'unwind',
  strip: { value: 'none', deferred: true },
  rustflags: [],
}

const DEFAULT_DEV: Profile = {
  ...DEFAULT,
  debuginfo: { value: 2, deferred: false },
  debugAssertions: true,
  overflowChecks: true,
  incremental: true,
}

const DEFAULT_RELEASE: Profile = { ...DEFAULT, root: 'release', optLevel: '3' }

/** These exist without being defined anywhere. */
const PREDEFINED: Readonly<Record<string, TomlProfile>> = {
  debug: { inherits: 'dev' },
  bench: { inherits: 'release' },
  test: { inherits: 'dev' },
  doc: { inherits: 'dev' },
}

/** A profile by name, ready to be applied to packages. */
export interface ProfileMaker {
  readonly name: string
  readonly profileFor: (item: Package, role: ProfileRole) => Profile
  /** Whether a `[profile.X.package.SPEC]` table matches the package. */
  readonly hasOverride: (item: Package) => boolean
}

/**
 * Prepares the profile `name` for the compiling machine `hostTriple`.
 *
 * @throws Cargo2NixError `bad-argument` if it is not defined, `bad-manifest` for a bad `inherits` chain or
 *   two package overrides that match the same package.
 */
export function profileMaker(graph: PackageGraph, name: string, hostTriple: string): ProfileMaker {
  const { workspace } = graph
  const tables = mergedTables(workspace, name)
  const inherited = inheritedTables(graph, tables)
  refuseBadProfiles(graph, tables, inherited)
  const { root, toml } = inherited(name)
  const base = root === 'release' ? DEFAULT_RELEASE : DEFAULT_DEV
  const overrides = matchOverrides(graph, name, toml)
  const cache = new Map<string, Profile>()
  return {
    name,
    hasOverride: (item) => overrides.has(item.index),
    profileFor(item, role) {
      const override = overrides.get(item.index)
      const isApple = (role.kind ?? hostTriple).includes('-apple-')
      const key = `${override?.key ?? ''} ${item.isMember} ${item.isLocal} ${role.isForHost} ${role.panic} ${isApple}`
      let profile = cache.get(key)
      if (profile === undefined) {
        const layers = overrideLayers(toml, override?.table, item.isMember, role.isForHost)
        const merged = mergeLayers(base, toml, layers, role.isForHost)
        profile = adjust({ ...merged, name }, item, role, isApple, workspace.config.incremental)
        cache.set(key, profile)
      }
      return profile
    },
  }
}

/** The profile of a build script's run: only what the script may read of the unit that it runs for. */
export function profileOfBuildScriptRun(profile: Profile): Profile {
  const { name, root, debuginfo, optLevel, debugAssertions } = profile
  return { ...DEFAULT, name, root, debuginfo, optLevel, debugAssertions }
}

const keys = new WeakMap<Profile, string>()

/** Equal for profiles that cargo considers equal: ignores names, and whether settings are deferred. */
export function profileKey(profile: Profile): string {
  let key = keys.get(profile)
  if (key === undefined) {
    const { name: _name, root: _root, debuginfo, strip, ...rest } = profile
    key = JSON.stringify([Object.values(rest), debuginfo.value, strip.value])
    keys.set(profile, key)
  }
  return key
}

type Tables = Readonly<Record<string, TomlProfile>>

/**
 * Manifest tables overlaid with the configuration's; of the latter alone only what is needed.
 *
 * @throws Cargo2NixError `bad-config` if cargo refuses one of those
 */
function mergedTables({ profiles, config }: PackageGraph['workspace'], requested: string): Tables {
  const configured = (name: string): TomlProfile | undefined => {
    const refused = config.refusedProfiles[name]
    if (refused !== undefined) throw refused
    return config.profile[name]
  }
  const tables = recordOf<TomlProfile>([])
  for (const [name, table] of Object.entries(profiles)) {
    const over = configured(name)
    tables[name] = over === undefined ? table : mergeToml(table, over)
  }
  const needed = [requested, ...ALWAYS_READ]
  for (const table of Object.values(tables)) if (table.inherits !== undefined) needed.push(table.inherits)
  for (let name = needed.pop(); name !== undefined; name = needed.pop()) {
    if (tables[name] !== undefined) continue
    const table = configured(name)
    if (table === undefined) continue
    tables[name] = table
    if (table.inherits !== undefined) needed.push(table.inherits)
  }
  for (const [name, table] of Object.entries(PREDEFINED)) tables[name] = mergeToml(table, tables[name] ?? {})
  return tables
}

/** Cargo validates all profiles, not only the requested one. */
function refuseBadProfiles(graph: PackageGraph, tables: Tables, inherited: InheritedTables): void {
  for (const [name, table] of Object.entries(tables)) {
    if ((name === 'dev' || name === 'release') && table.inherits !== undefined) {
      throw badProfile(fileOf(graph, name), `profile.${name}.inherits: this profile cannot inherit`)
    }
    const { toml } = inherited(name)
    if (table.package !== undefined) matchOverrides(graph, name, toml)
  }
}

interface InheritedTable {
  /** `dev` or `release`, the profile's ancestor. */
  readonly root: string
  readonly toml: TomlProfile
}

type InheritedTables = (name: string) => InheritedTable

/** A profile with everything it inherits; each is built once from its parent's. */
function inheritedTables(graph: PackageGraph, tables: Tables): InheritedTables {
  const known = new Map<string, InheritedTable>()
  const startOf = (name: string): InheritedTable | undefined =>
    known.get(name) ?? (isRoot(name) ? { root: name, toml: tables[name] ?? {} } : undefined)
  return (name) => {
    const chain = new Set<string>()
    let found = startOf(name)
    for (let current = name; found === undefined; found = startOf(current)) {
      chain.add(current)
      current = parentOf(graph, tables, current, name, chain)
    }
    for (const each of [...chain].toReversed()) {
      found = { root: found.root, toml: mergeToml(found.toml, tables[each] ?? {}) }
      known.set(each, found)
    }
    return found
  }
}

function isRoot(name: string): boolean {
  return name === 'dev' || name === 'release'
}

function parentOf(
  graph: PackageGraph,
  tables: Tables,
  current: string,
  requested: string,
  chain: ReadonlySet<string>,
): string {
  const table = tables[current]
  const path = fileOf(graph, current)
  if (table === undefined) {
    const heir = [...chain].at(-2) ?? current
    throw undefinedProfile(tables, current, requested, fileOf(graph, heir))
  }
  const { inherits } = table
  if (inherits === undefined) {
    throw badProfile(
      path,
      `\`profile.${current}\`: profile \`${current}\` is missing an \`inherits\` directive`,
    )
  }
  if (chain.has(inherits)) {
    throw badProfile(
      path,
      `\`profile.${current}.inherits\`: profile inheritance loop: \`${current}\` inherits \`${inherits}\``,
    )
  }
  return inherits
}

/** The file that decides last about a profile: the configuration's comes after the manifest's. */
function fileOf({ workspace }: PackageGraph, name: string): string {
  const isOverridden = workspace.config.profile[name] !== undefined
  return (isOverridden ? workspace.config.profileFiles[name] : undefined) ?? workspace.rootManifestPath
}

function undefinedProfile(tables: Tables, current: string, name: string, path: string): Cargo2NixError {
  const names = [...new Set([...Object.keys(tables), 'dev', 'release'])].toSorted()
  return new Cargo2NixError({
    code: current === name ? 'bad-argument' : 'bad-manifest',
    path,
    message: `profile \`${current}\` is not defined`,
    hint: `defined: ${names.join(', ')}`,
  })
}

function badProfile(path: string, message: string): Cargo2NixError {
  return new Cargo2NixError({ code: 'bad-manifest', path, message, hint: 'correct the [profile] tables' })
}

function mergeToml(below: TomlProfile, above: TomlProfile): TomlProfile {
  const said = recordOf(Object.entries(above).filter(([, value]) => value !== undefined))
  const merged: { -readonly [K in keyof TomlProfile]: TomlProfile[K] } = { ...below, ...said }
  if (below.package !== undefined && above.package !== undefined) {
    const packages = recordOf(Object.entries(below.package))
    for (const [spec, table] of Object.entries(above.package))
      packages[spec] = mergeToml(packages[spec] ?? {}, table)
    merged.package = packages
  }
  if (below.buildOverride !== undefined && above.buildOverride !== undefined) {
    merged.buildOverride = mergeToml(below.buildOverride, above.buildOverride)
  }
  return merged
}

interface Override {
  readonly spec: PackageIdSpec
  readonly key: string
  readonly table: TomlProfile
}

function matchOverrides(graph: PackageGraph, name: string, toml: TomlProfile): ReadonlyMap<number, Override> {
  const overrides: Override[] = Object.entries(toml.package ?? {})
    .filter(([key]) => key !== '*')
    .map(([key, table]) => ({ spec: parsePackageIdSpec(key), key, table }))
  const found = new Map<number, Override>()
  if (overrides.length === 0) return found
  for (const item of graph.packages) {
    const matching = overrides.filter(({ spec }) => specMatches(spec, item))
    if (matching.length > 1) {
      const specs = matching.map(({ key }) => key).join(', ')
      const message = `[profile.${name}.package]: ${specs} all match package \`${item.name} v${item.version}\``
      throw badProfile(fileOf(graph, name), message)
    }
    if (matching[0] !== undefined) found.set(item.index, matching[0])
  }
  return found
}

function overrideLayers(
  toml: TomlProfile,
  override: TomlProfile | undefined,
  isMember: boolean,
  isForHost: boolean,
): readonly TomlProfile[] {
  const all = toml.package?.['*']
  const layers: (TomlProfile | undefined)[] = [
    isForHost ? toml.buildOverride : undefined,
    isMember ? undefined : all,
    override,
  ]
  return layers.filter((layer) => layer !== undefined)
}

function mergeLayers(
  base: Profile,
  toml: TomlProfile,
  layers: readonly TomlProfile[],
  isForHost: boolean,
): Profile {
  let profile = mergeLayer(base, toml)
  if (isForHost) {
    const debuginfo = { value: profile.debuginfo.value, deferred: true }
    profile = { ...profile, optLevel: '0', codegenUnits: null, debuginfo }
  }
  return layers.reduce(mergeLayer, profile)
}

function mergeLayer(profile: Profile, toml: TomlProfile): Profile {
  return {
    ...profile,
    optLevel: toml.optLevel ?? profile.optLevel,
    lto: toml.lto === undefined ? profile.lto : ltoName(toml.lto),
    codegenBackend: toml.codegenBackend ?? profile.codegenBackend,
    codegenUnits: toml.codegenUnits ?? profile.codegenUnits,
    debuginfo: toml.debug === undefined ? profile.debuginfo : { value: toml.debug, deferred: false },
    splitDebuginfo: toml.splitDebuginfo ?? profile.splitDebuginfo,
    debugAssertions: toml.debugAssertions ?? profile.debugAssertions,
    overflowChecks: toml.overflowChecks ?? profile.overflowChecks,
    rpath: toml.rpath ?? profile.rpath,
    incremental: toml.incremental ?? profile.incremental,
    panic: toml.panic ?? profile.panic,
    strip: stripOf(toml.strip),
    rustflags: toml.rustflags ?? profile.rustflags,
  }
}

function ltoName(lto: boolean | string): Lto {
  if (typeof lto === 'boolean') return String(lto)
  return ['off', 'n', 'no', 'none'].includes(lto) ? 'off' : lto
}

function stripOf(strip: boolean | string | undefined): Deferrable<string> {
  if (strip === undefined) return { value: 'none', deferred: true }
  if (typeof strip === 'boolean') return { value: strip ? 'symbols' : 'none', deferred: false }
  return { value: strip, deferred: false }
}

function adjust(
  profile: Profile,
  item: Package,
  role: ProfileRole,
  isApple: boolean,
  incremental: boolean | undefined,
): Profile {
  const unpacked = isApple && profile.debuginfo.value !== 0 && profile.splitDebuginfo === null
  return {
    ...profile,
    panic: role.panic === 'unwind' ? 'unwind' : profile.panic,
    splitDebuginfo: unpacked ? 'unpacked' : profile.splitDebuginfo,
    incremental: item.isLocal && (incremental ?? profile.incremental),
  }
}
