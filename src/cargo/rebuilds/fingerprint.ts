/**
 * Fingerprints: everything that the result of a unit depends on, by name, so that two of them can be
 * compared.
 *
 * In: a unit graph, and what is known besides it (sources, rustflags, environment, toolchain). Out: a
 * fingerprint for each unit, whose hash covers those of its dependencies.
 * Mirrors `Fingerprint` in `core/compiler/fingerprint/mod.rs` of cargo 0.96: a unit is rebuilt when its hash
 * changes. Unlike cargo, it uses file contents, not modification times, and identifies packages by their
 * place in the workspace, not on disk.
 */
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { CompileKind } from '../compile-request.ts'
import { lintFlags } from '../manifest/lints.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { Profile } from '../units/profile.ts'
import { isLinkable, type Unit, type UnitDependency, type UnitGraph } from '../units/unit.ts'

/** The values of a field by name; a field with a single value has it under an empty name. */
export type FieldValue = Readonly<Record<string, string>>

export interface Fingerprint {
  readonly unit: Unit
  /** In print order. */
  readonly fields: Readonly<Record<string, FieldValue>>
  readonly dependencies: readonly Fingerprint[]
  readonly hash: string
  /** The same for those who link the unit and read no interface. */
  readonly linkedHash: string
}

/** What fingerprints hold besides the unit graph. */
export interface FingerprintContext {
  /** The workspace's directory; paths are relative to it. */
  readonly root: string
  readonly toolchain: FieldValue
  /** The triple of the compiling machine. */
  readonly host: string
  readonly env: FieldValue
  readonly rustflagsOf: (unit: Unit) => readonly string[]
  readonly linkerOf: (unit: Unit) => string | undefined
  /** The text of the file that describes a custom target. */
  readonly targetFileOf: (kind: CompileKind) => string | undefined
  /** What the unit is compiled with, if that is not what its graph says. */
  readonly profileOf?: (unit: Unit) => Profile
  /** Whether the unit is compiled against such derivations of what it depends on. */
  readonly readsInterfaces: (unit: Unit) => boolean
  /**
   * Whether other libraries are compiled against a separate derivation of the unit's metadata, and if so, whether
   * the unit itself is compiled in another way.
   */
  readonly interfaceOf: (unit: Unit) => 'none' | 'beside' | 'compiled otherwise'
  /** Outputs that the configuration sets instead of build scripts that the unit depends on, by `links`. */
  readonly scriptOutputOf: (unit: Unit) => FieldValue
  /** Digests by path, or a checksum. */
  readonly sourceOf: (unit: Unit) => FieldValue
}

/** The fingerprints of all units of a graph. */
export function fingerprints(graph: UnitGraph, context: FingerprintContext): readonly Fingerprint[] {
  const known = new Map<Unit, Fingerprint>()
  for (const unit of dependenciesFirst(graph)) {
    const used = graph.dependencies.get(unit)!.filter(({ unit }) => counts(unit))
    const dependencies = used.map((each) => known.get(each.unit)!)
    const fields = fieldsOf(unit, used, graph.dependencies.get(unit)!, context)
    const below = dependencies.map((each) => (context.readsInterfaces(unit) ? each.hash : each.linkedHash))
    const linked = context.interfaceOf(unit) === 'beside' ? { ...fields, interface: one('') } : fields
    const [hash, linkedHash] = [hashOf(fields, below), hashOf(linked, below)]
    known.set(unit, { unit, fields, dependencies, hash, linkedHash })
  }
  return [...known.values()]
}

/** Skip binaries (tests only run them) and libraries for other languages (nothing here links them). */
function counts({ mode, target }: Unit): boolean {
  return mode === 'run-custom-build' || target.kind === 'custom-build' || isLinkable(target)
}

/** Graphs may be deeper than the call stack. */
function dependenciesFirst({ roots, dependencies }: UnitGraph): readonly Unit[] {
  const ordered = new Set<Unit>()
  const stack = [...roots].toReversed()
  const entered = new Set<Unit>()
  for (let unit = stack.at(-1); unit !== undefined; unit = stack.at(-1)) {
    if (ordered.has(unit) || entered.has(unit)) {
      ordered.add(unit)
      stack.pop()
      continue
    }
    entered.add(unit)
    for (const { unit: other } of dependencies.get(unit)!) if (!entered.has(other)) stack.push(other)
  }
  return [...ordered]
}

function hashOf(fields: Fingerprint['fields'], below: readonly string[]): string {
  const sorted = Object.entries(fields).map(([name, value]) => [name, Object.entries(value).toSorted(byName)])
  const text = JSON.stringify([sorted, below.toSorted()])
  return digestOf(text)
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1
}

function fieldsOf(
  unit: Unit,
  used: readonly UnitDependency[],
  all: readonly UnitDependency[],
  context: FingerprintContext,
): Fingerprint['fields'] {
  const { manifest, isLocal } = unit.package
  const isRun = unit.mode === 'run-custom-build'
  const isTest = unit.target.kind === 'test' || unit.target.kind === 'bench'
  const programs = all.filter(({ unit: other }) => isTest && other.target.kind === 'bin')
  return {
    toolchain: context.toolchain,
    platform: one(isRun ? `${unit.kind ?? context.host} on ${context.host}` : (unit.kind ?? '')),
    ...targetFile(context.targetFileOf(unit.kind)),
    version: one(unit.package.version),
    source: context.sourceOf(unit),
    target: isRun ? { links: manifest.links ?? '' } : targetOf(unit, context.root),
    features: named(unit.features),
    'declared features': isRun || !isLocal ? {} : named([...unit.package.features.keys()]),
    dependencies: named(
      used.map(({ unit: other, externCrateName }) => `${externCrateName} (${other.package.name})`),
    ),
    programs: named(programs.map(({ unit: other }) => other.target.name)),
    metadata: metadataOf(manifest),
    profile: isRun ? profileOfRun(unit) : settingsOf(context.profileOf?.(unit) ?? unit.profile),
    lints: isRun || !isLocal ? {} : one(lintFlags(manifest.lints).join(' ')),
    rustflags: one(context.rustflagsOf(unit).join(' ')),
    linker: one(context.linkerOf(unit) ?? ''),
    environment: context.env,
    interface: one(context.interfaceOf(unit) === 'none' ? '' : 'separate'),
    'build script of the configuration': context.scriptOutputOf(unit),
  }
}

function targetFile(text: string | undefined): Fingerprint['fields'] {
  return text === undefined ? {} : { 'file of the target': one(digestOf(text).slice(0, 16)) }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function one(value: string): FieldValue {
  return { '': value }
}

function named(names: readonly string[]): FieldValue {
  return Object.fromEntries(names.map((name) => [name, '']))
}

function targetOf({ target, package: item, mode }: Unit, root: string): FieldValue {
  const folder = posix.dirname(item.manifest.manifestPath)
  return {
    name: target.name,
    root: posix.relative(folder, target.srcPath),
    edition: target.edition,
    'crate types': target.crateTypes.join(' '),
    'proc macro': String(target.procMacro),
    test: mode === 'test' ? (target.harness ? 'with harness' : 'without harness') : 'no',
    folder: item.isLocal ? posix.relative(root, folder) : '',
    member: String(item.isMember),
  }
}

function metadataOf({ metadata }: Manifest): FieldValue {
  const { documentation: _, authors, ...texts } = metadata
  const said = Object.entries(texts).map(([name, value]) => [name, value ?? ''])
  return { authors: authors.join(':'), ...Object.fromEntries(said) }
}

function settingsOf(profile: Profile): FieldValue {
  const { name: _name, root: _root, incremental: _incremental, debuginfo, strip, ...rest } = profile
  const plain = Object.entries(rest).map(([name, value]) => [name, String(value ?? '')])
  return { ...Object.fromEntries(plain), debuginfo: String(debuginfo.value), strip: strip.value }
}

/** What the script can read of it. */
function profileOfRun({ profile }: Unit): FieldValue {
  return {
    root: profile.root,
    optLevel: profile.optLevel,
    debuginfo: String(profile.debuginfo.value !== 0),
    debugAssertions: String(profile.debugAssertions),
  }
}
