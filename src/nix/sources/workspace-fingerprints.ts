/**
 * The fingerprints of all units that the generated Nix offers for a target.
 *
 * In: the plan, the settings, the sources of units. Out: for a target, the units of all named builds, those
 * that the binaries are built from and those of tests.
 */
import { posix } from 'node:path'
import type { CompileKind } from '../../cargo/compile-request.ts'
import {
  fingerprints,
  type FieldValue,
  type Fingerprint,
  type FingerprintContext,
} from '../../cargo/rebuilds/fingerprint.ts'
import type { Package, PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { rustflagsOf } from '../../cargo/platform/target-rustflags.ts'
import { profileKey, profileMaker, type Profile, type ProfileMaker } from '../../cargo/units/profile.ts'
import { settleStrip } from '../../cargo/units/share-units.ts'
import { expand, prepareRequest } from '../../cargo/units/unit-graph.ts'
import type { Unit, UnitGraph } from '../../cargo/units/unit.ts'
import { InternalError } from '../../errors.ts'
import { cfgsWithFlags, type PlannedTarget } from '../plan/plan-targets.ts'
import { compiledBuilds, requestOf } from '../plan/named-builds.ts'
import { isRlib } from '../plan/heavy-libraries.ts'
import type { NixPlan } from '../plan/plan.ts'
import { sharedReplacement } from '../render/source-facts.ts'
import type { Settings } from '../settings/settings.ts'
import { archiveOf } from '../toolchain/toolchain-pin.ts'
import { COMPILER, type ToolchainChoice } from '../toolchain/toolchain-request.ts'
import type { Disk } from './unit-sources.ts'
import { recordOf } from '../../record.ts'

export interface FingerprintedTarget {
  readonly plan: NixPlan
  readonly settings: Settings
  readonly toolchain: ToolchainChoice
  /** The triple of the build machine. */
  readonly host: string
  readonly target: string
  /** For builds that name none. */
  readonly profile: string
  readonly sourceOf: (unit: Unit) => FieldValue
  readonly disk: Disk
}

/** Equal units of several builds appear once. */
export function workspaceFingerprints(input: FingerprintedTarget): readonly Fingerprint[] {
  const { plan, settings, host, target, profile, sourceOf, disk } = input
  const { graph } = plan
  const { config } = graph.workspace
  const planned = plannedTarget(plan, target)
  const kind: CompileKind = target === host && !planned.isExplicit ? null : target
  const flagsOf = (asked: CompileKind): readonly string[] =>
    asked === null ? rustflagsOf(config, host, [kind], null) : planned.rustflags
  const own = planned.rustflags.slice(rustflagsOf(config, target, [target], target).length)
  const platforms = { host, cfgsOf: cfgsWithFlags(config, host, kind, own) }
  const context = {
    root: graph.workspace.root,
    toolchain: toolchainField(input.toolchain, [host, target]),
    host,
    env: recordOf([...plan.env.values, ...pathValues(plan, disk)]),
    // What `build.warnings` makes of lints is as good as a flag of local packages.
    rustflagsOf: (unit: Unit) =>
      unit.package.isLocal && config.warnings !== 'warn'
        ? [...flagsOf(unit.kind), `--${config.warnings}=warnings`]
        : flagsOf(unit.kind),
    linkerOf: (unit: Unit) => plannedTarget(plan, unit.kind ?? host).linker,
    scriptOutputOf: (unit: Unit) => scriptOutputs(plan, unit, unit.kind ?? host),
    targetFileOf: (kind: CompileKind) => config.customTargets[kind ?? '']?.text,
    sourceOf,
  }
  const found = new Map<string, Fingerprint>()
  for (const [, build] of compiledBuilds(graph, settings.builds)) {
    // Tests are not offered with a standard library that is compiled along.
    for (const intent of graph.std === undefined ? (['build', 'test'] as const) : (['build'] as const)) {
      const request = { ...requestOf(build), intent, kinds: [kind], profile: build.profile ?? profile }
      const units = offered(expand(prepareRequest(graph, request), [kind], platforms))
      const interfaceOf = interfacesIn(plan, units, disk)
      const profileOf = compiledProfiles(units, profileMaker(graph, request.profile, host), kind === null)
      for (const each of fingerprints(units, {
        ...context,
        interfaceOf,
        readsInterfaces: isRlib,
        profileOf,
      }))
        found.set(each.hash, each)
    }
  }
  return [...found.values()]
}

/** Mirrors templates/units/workspace-env.nix: a path in `[env]` that exists is in the store, with its contents. */
function pathValues(plan: NixPlan, disk: Disk): readonly (readonly [string, string])[] {
  return plan.env.paths.map(([name, path]) => [name, `${path} ${storedDigest(plan, path, disk)}`.trimEnd()])
}

/** Empty for the workspace itself and for what does not exist. */
function storedDigest({ graph }: NixPlan, path: string, disk: Disk): string {
  const { root } = graph.workspace
  const place = posix.resolve(root, path)
  return place === root ? '' : disk.digest(place)
}

/** Mirrors `hasInterface` and `ownSource` in templates/units/compile-unit.nix. */
function interfacesIn(
  plan: NixPlan,
  { dependencies }: UnitGraph,
  disk: Disk,
): FingerprintContext['interfaceOf'] {
  const { interfaces, env, graph } = plan
  const users = [...dependencies].filter(([unit]) => isRlib(unit))
  const isRead = new Set(users.flatMap(([, used]) => used.map(({ unit }) => unit)))
  const isWanted = (name: string): boolean =>
    interfaces === 'all' || (interfaces !== 'none' && interfaces.includes(name))
  const hasPlaces = env.paths.some(([, path]) => storedDigest(plan, path, disk) === '')
  const runsScript = (unit: Unit): boolean =>
    dependencies
      .get(unit)!
      .some(({ unit: other }) => other.mode === 'run-custom-build' && other.package === unit.package)
  // These are compiled from another place if they have an interface, even one that nobody reads.
  const isMoved = (unit: Unit): boolean =>
    unit.package.isLocal ? hasPlaces && !runsScript(unit) : isUnpackedByUnit(graph, unit.package)
  return (unit) => {
    if (unit.package.isStd || !isRlib(unit) || !isWanted(unit.package.name)) return 'none'
    if (isMoved(unit)) return 'compiled otherwise'
    return isRead.has(unit) ? 'beside' : 'none'
  }
}

/** Mirrors `registry` in templates/sources/crate-source.nix. */
function isUnpackedByUnit(graph: PackageGraph, item: Package): boolean {
  const isVendored = item.replacement?.kind === 'folder' && sharedReplacement(graph, item) !== undefined
  return item.source.kind !== 'git' && !isVendored && item.buildScript === undefined
}

/** For the package's own script; a running script receives the outputs of its dependencies' scripts. */
function scriptOutputs({ graph, scripts }: NixPlan, unit: Unit, triple: string): FieldValue {
  const outputs = scripts.find((each) => each.triple === triple)?.outputs ?? []
  if (outputs.length === 0) return {}
  const packages =
    unit.mode === 'run-custom-build' && !unit.package.isStd
      ? graph.edges[unit.package.index]!.map(({ to }) => to)
      : [unit.package]
  const links = new Set(packages.map(({ manifest }) => manifest.links))
  return recordOf(
    outputs.filter(([name]) => links.has(name)).map(([name, output]) => [name, JSON.stringify(output)]),
  )
}

/**
 * Without doctests, but with what they link, and without proc macros that are compiled only because they were requested: if those in
 * use are compiled with different settings, the runtime has only these.
 */
function offered({ roots, dependencies }: UnitGraph): UnitGraph {
  const used = new Set([...dependencies.values()].flat().map(({ unit }) => unit))
  const macros = new Set([...used].filter(isMacro).map((unit) => unit.package))
  const isCopy = (unit: Unit): boolean => isMacro(unit) && !used.has(unit) && macros.has(unit.package)
  const linked = (unit: Unit): readonly Unit[] =>
    unit.mode === 'doctest' ? dependencies.get(unit)!.map((each) => each.unit) : [unit]
  return { roots: roots.filter((unit) => !isCopy(unit)).flatMap(linked), dependencies }
}

/**
 * The runtime compiles every proc macro with the settings of build scripts, and cargo one that nothing uses with
 * those of the requested package. Mirrors `settings` in templates/units/unit-graph.nix.
 */
function compiledProfiles(
  { roots, dependencies }: UnitGraph,
  maker: ProfileMaker,
  isNative: boolean,
): (unit: Unit) => Profile {
  const used = new Set([...dependencies.values()].flat().map(({ unit }) => unit))
  const unused = new Set(roots.filter((unit) => isMacro(unit) && !used.has(unit)))
  const written = (unit: Unit, isForHost: boolean): Profile =>
    maker.profileFor(unit.package, { isForHost, panic: 'unwind', kind: null })
  return (unit) => {
    if (!unused.has(unit)) return unit.profile
    const ofScripts = written(unit, true)
    if (profileKey(ofScripts) === profileKey(written(unit, false))) return unit.profile
    const { debuginfo, ...settled } = settleStrip(ofScripts, dependencies.get(unit)!)
    return {
      ...settled,
      debuginfo: isNative && debuginfo.deferred ? { value: 0, deferred: false } : debuginfo,
    }
  }
}

function isMacro({ target, mode }: Unit): boolean {
  return target.procMacro && target.kind === 'lib' && mode === 'build'
}

function plannedTarget({ targets }: NixPlan, triple: string): PlannedTarget {
  const found = targets.find((target) => target.triple === triple)
  if (found === undefined) throw new InternalError(`a target without a plan: ${triple}`)
  return found
}

/** Nix knows nixpkgs' toolchain only during evaluation, so it is unknown here. */
function toolchainField(choice: ToolchainChoice, triples: readonly string[]): FieldValue {
  if (choice.provider === 'nixpkgs') return { provider: 'nixpkgs' }
  const { release, channel, date, archives } = choice.pin
  const parts = COMPILER.flatMap((component) =>
    triples.map(
      (triple) =>
        [`${component} for ${triple}`, archiveOf(archives, component, triple)?.sha256 ?? ''] as const,
    ),
  )
  return { provider: 'dist', release, channel, date, ...recordOf(parts) }
}
