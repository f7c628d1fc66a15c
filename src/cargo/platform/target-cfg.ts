/**
 * The cfgs of a target as cargo sees them when it decides whether `[target.'cfg(…)'.dependencies]` applies.
 *
 * In: a triple and the rustflags of the units compiled for it.
 * Out: a `CfgSet`, the same as cargo gets from `rustc --print cfg` with these flags.
 * Mirrors `TargetInfo::new` in `core/compiler/build_context/target_info.rs` of cargo 0.96 and, since no
 * rustc runs here, what rustc 1.95 does (`rustc_session::config::cfg`, `rustc_codegen_ssa::target_features`).
 * Cargo passes proc-macro among the crate types when it queries rustc. So only a flag sets `crt-static`,
 * never the default of a musl target, and `proc_macro` is never set.
 * Assumes a stable rustc: cfgs that only nightly sets are missing.
 */
import { Cargo2NixError } from '../../errors.ts'
import { nearestNames } from '../../nearest-names.ts'
import type { CfgRow, CfgSet } from '../ids/cfg-expr.ts'
import { cfgFlags, type CfgFlags } from './rustflags.ts'
import { cpuFeatures } from './target-cpu.ts'
import { featureTable, removedBy, setBy } from './target-feature.ts'
import { KNOWN_TARGETS, targetFacts, targetRow } from './target-table.ts'
import type { CustomTarget } from '../workspace/workspace.ts'
import { getOrInsert } from '../../maps.ts'

export interface CfgOptions {
  /** One word per element; cargo passes them when it queries rustc. */
  readonly rustflags?: readonly string[]
  /** Those of the workspace, by name. */
  readonly customTargets?: Readonly<Record<string, CustomTarget>>
}

/** What must be known about a target before applying flags. */
interface CfgSource {
  /** Without flags. */
  readonly row: CfgRow
  readonly respectsCrtStatic: boolean
  /** The features of a CPU; undefined if they are those of the row. */
  readonly featuresOfCpu: (cpu: string) => ReadonlySet<string> | undefined
}

const sets = new Map<string, CfgSet>()

/**
 * The cfgs of one of rustc's targets, whose results are cached, or of a custom target.
 *
 * @throws Cargo2NixError `unknown-target` for a triple that rustc does not know, `bad-config` for flags that it refuses.
 */
export function cfgSetOf(triple: string, { rustflags = [], customTargets = {} }: CfgOptions = {}): CfgSet {
  if (Object.hasOwn(customTargets, triple)) return cfgsOfCustom(triple, customTargets[triple]!, rustflags)
  const key = [triple, ...rustflags].join('\0')
  const known = sets.get(key)
  if (known !== undefined) return known
  const row = targetRow(triple)
  if (row === undefined) throw unknownTarget(triple)
  const arch = row.get('target_arch')?.[0] ?? ''
  const set = cfgSetFrom(
    {
      row,
      respectsCrtStatic: targetFacts(triple)?.crtStatic.respected === true,
      featuresOfCpu: (cpu) => cpuFeatures(triple, arch, cpu),
    },
    rustflags,
  )
  sets.set(key, set)
  return set
}

/** @throws Cargo2NixError `not-supported` for a CPU besides the file's, whose features only rustc knows */
function cfgsOfCustom(name: string, { row, path }: CustomTarget, rustflags: readonly string[]): CfgSet {
  const featuresOfCpu = (cpu: string): never => {
    throw new Cargo2NixError({
      code: 'not-supported',
      path,
      message: `rustflags say \`target-cpu=${cpu}\` for the custom target \`${name}\``,
      hint: 'write `cpu` in its file instead',
    })
  }
  return cfgSetFrom({ row, respectsCrtStatic: false, featuresOfCpu }, rustflags)
}

/** The error for a target without a row in rustc's tables. */
export function unknownTarget(triple: string): Cargo2NixError {
  if (triple.endsWith('.json')) {
    return new Cargo2NixError({
      code: 'unknown-target',
      message: `\`${triple}\`: custom targets are for nightly cargo alone, and only with \`unstable.json-target-spec = true\``,
      hint: 'name the built-in target that is nearest, and what differs in `target.<triple>.rustflags` of .cargo/config.toml; or set the key there, and take a nightly toolchain',
    })
  }
  const [near] = nearestNames(triple, KNOWN_TARGETS, 1)
  return new Cargo2NixError({
    code: 'unknown-target',
    message: `rustc knows no target \`${triple}\``,
    hint:
      near === undefined ? '`rustc --print target-list` names those it knows.' : `Did you mean \`${near}\`?`,
  })
}

/**
 * The cfgs of a target under flags.
 *
 * @throws Cargo2NixError `bad-config` for flags that rustc refuses.
 */
function cfgSetFrom(source: CfgSource, rustflags: readonly string[]): CfgSet {
  const flags = cfgFlags(rustflags)
  const names = new Set<string>()
  const values = new Map<string, Set<string>>()
  for (const [key, list] of source.row) {
    if (list.length === 0) names.add(key)
    else values.set(key, new Set(list))
  }
  if (!flags.debugAssertions) names.delete('debug_assertions')
  if (flags.test) names.add('test')
  if (flags.panic !== undefined) values.set('panic', new Set([flags.panic]))
  const features = featuresOf(source, flags)
  if (features.size === 0) values.delete('target_feature')
  else values.set('target_feature', features)
  for (const { name, value } of flags.cfgs) {
    if (value === undefined) names.add(name)
    else getOrInsert(values, name, () => new Set()).add(value)
  }
  names.delete('proc_macro')
  return { names, values }
}

function featuresOf({ row, respectsCrtStatic, featuresOfCpu }: CfgSource, flags: CfgFlags): Set<string> {
  const table = featureTable(row.get('target_arch')?.[0] ?? '')
  const ofRow = row.get('target_feature') ?? []
  const ofCpu = flags.targetCpu === undefined ? undefined : featuresOfCpu(flags.targetCpu)
  const features = new Set(
    ofCpu === undefined ? ofRow : [...ofCpu, ...ofRow.filter((one) => one === 'crt-static')],
  )
  for (const item of flags.targetFeatures) {
    const name = item.slice(1)
    if (name === 'crt-static') continue
    if (item.startsWith('+')) for (const other of setBy(table, name)) features.add(other)
    if (item.startsWith('-')) for (const other of removedBy(table, name)) features.delete(other)
  }
  // The last one does not win: any `+crt-static` does.
  if (respectsCrtStatic && flags.targetFeatures.includes('+crt-static')) features.add('crt-static')
  return features
}
