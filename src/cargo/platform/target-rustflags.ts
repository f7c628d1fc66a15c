/**
 * Which rustflags and rustdocflags reach a compile kind, and which cfgs rustc then sets.
 *
 * In: the configuration. Out: flags and cfgs by kind.
 * Mirrors `extra_args` and `TargetInfo::new` in `core/compiler/build_context/target_info.rs` of cargo 0.96:
 * with `--target`, host units get no flags; without it, they get the target's flags. The environment
 * overrides `[target]` tables, which override `[build]`. Tables with `cfg()` keys are chosen by the cfgs
 * under the flags found so far. If that changes the flags, cargo asks rustc for the cfgs under these, but leaves the
 * flags at that, even if these cfgs would choose others.
 */
import { keyHolds, type CfgSet } from '../ids/cfg-expr.ts'
import type { CompileKind } from '../compile-request.ts'
import { cfgSetOf } from './target-cfg.ts'
import type { CargoConfig } from '../workspace/workspace.ts'

interface TargetInfo {
  readonly rustflags: readonly string[]
  readonly cfgs: CfgSet
}

/** The flags to compile units of the kind with. */
export function rustflagsOf(
  config: CargoConfig,
  host: string,
  kinds: readonly CompileKind[],
  kind: CompileKind,
): readonly string[] {
  return targetInfo(config, host, kinds, kind).rustflags
}

/**
 * The flags of rustdoc for a requested platform. Before cargo 1.96, tables with `cfg()` keys did not apply.
 */
export function rustdocflagsOf(
  config: CargoConfig,
  triple: string,
  cargo: 'newest' | 'before 1.96',
): readonly string[] {
  const cfgs = cargo === 'newest' ? targetInfo(config, triple, [triple], triple).cfgs : undefined
  return flagsFor(config, triple, cfgs, RUSTDOC)
}

/** Returns a function that gives the cfgs of each kind in a request. */
export function cfgsOfKinds(
  config: CargoConfig,
  host: string,
  kinds: readonly CompileKind[],
): (kind: CompileKind) => CfgSet {
  const known = new Map<CompileKind, CfgSet>()
  return (kind) => {
    let cfgs = known.get(kind)
    if (cfgs === undefined) {
      // Without --target, units of the explicit host are really host units.
      const asked = kind === host && kinds.includes(null) ? null : kind
      cfgs = targetInfo(config, host, kinds, asked).cfgs
      known.set(kind, cfgs)
    }
    return cfgs
  }
}

function targetInfo(
  config: CargoConfig,
  host: string,
  kinds: readonly CompileKind[],
  kind: CompileKind,
): TargetInfo {
  const triple = kind ?? host
  const { customTargets } = config
  if (kind === null && !kinds.includes(null)) return { rustflags: [], cfgs: cfgSetOf(triple) }
  const flagsUnder = (cfgs: CfgSet | undefined): readonly string[] => flagsFor(config, triple, cfgs, RUSTC)
  const before = flagsUnder(undefined)
  const first = cfgSetOf(triple, { rustflags: before, customTargets })
  const after = flagsUnder(first)
  return { rustflags: after, cfgs: cfgSetOf(triple, { rustflags: after, customTargets }) }
}

/** Which program the flags are for: the key in tables and in the environment. */
type FlagKeys =
  readonly ['rustflags', 'environmentRustflags'] | readonly ['rustdocflags', 'environmentRustdocflags']

const RUSTC: FlagKeys = ['rustflags', 'environmentRustflags']
const RUSTDOC: FlagKeys = ['rustdocflags', 'environmentRustdocflags']

/** @param cfgs undefined while unknown: then tables with `cfg()` keys do not apply */
function flagsFor(
  config: CargoConfig,
  triple: string,
  cfgs: CfgSet | undefined,
  [key, environmentKey]: FlagKeys,
): readonly string[] {
  const fromEnvironment = config[environmentKey]
  if (fromEnvironment !== undefined) return fromEnvironment
  const own = config.target[triple]?.[key] ?? []
  const chosen =
    cfgs === undefined ? [] : Object.entries(config.target).filter(([name]) => keyHolds(name, triple, cfgs))
  const flags = [...own, ...chosen.flatMap(([, table]) => table[key] ?? [])]
  return flags.length > 0 ? flags : (config.build[key] ?? [])
}
