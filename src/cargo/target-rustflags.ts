/**
 * Which rustflags reach a compile kind, and the cfgs that rustc then sets.
 *
 * In: the configuration. Out: flags and cfgs by kind.
 * Mirrors `env_args` and `TargetInfo::new` in `core/compiler/build_context/target_info.rs` of cargo 0.96: with
 * `--target`, host units get no flags; without it, they get those of the target. The environment wins over
 * `[target]` tables, which win over `[build]`. Tables of `cfg()` keys are chosen by the cfgs that hold with the
 * flags found so far, so the choice is made twice.
 */
import { parsePlatform, platformMatches, type CfgSet } from './cfg-expr.ts'
import type { CompileKind } from './compile-request.ts'
import { cfgSetOf } from './target-cfg.ts'
import type { CargoConfig } from './workspace.ts'

/** The flags with which units of the kind are compiled. */
export function rustflagsOf(
  config: CargoConfig,
  host: string,
  kinds: readonly CompileKind[],
  kind: CompileKind,
): readonly string[] {
  if (kind === null && !kinds.includes(null)) return []
  if (config.environmentRustflags !== undefined) return config.environmentRustflags
  const triple = kind ?? host
  const first = fromTargetTables(config, triple, cfgSetOf(triple))
  const again =
    first.length === 0 ? first : fromTargetTables(config, triple, cfgSetOf(triple, { rustflags: first }))
  return again.length > 0 ? again : (config.build.rustflags ?? [])
}

/** A function that gives the cfgs of each kind that takes part in a request. */
export function cfgsOfKinds(
  config: CargoConfig,
  host: string,
  kinds: readonly CompileKind[],
): (kind: CompileKind) => CfgSet {
  const known = new Map<CompileKind, CfgSet>()
  return (kind) => {
    let cfgs = known.get(kind)
    if (cfgs === undefined) {
      // Without --target, units of the explicit host are host units in disguise.
      const asked = kind === host && kinds.includes(null) ? null : kind
      cfgs = cfgSetOf(kind ?? host, { rustflags: rustflagsOf(config, host, kinds, asked) })
      known.set(kind, cfgs)
    }
    return cfgs
  }
}

function fromTargetTables(config: CargoConfig, triple: string, cfgs: CfgSet): readonly string[] {
  const own = config.target[triple]?.rustflags ?? []
  const byCfg = Object.entries(config.target).filter(
    ([key]) => key.startsWith('cfg(') && platformMatches(parsePlatform(key), triple, cfgs),
  )
  return [...own, ...byCfg.flatMap(([, table]) => table.rustflags ?? [])]
}
