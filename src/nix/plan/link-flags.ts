/**
 * Static linking: which rustc flags a target's settings request, and the effect of all flags.
 *
 * Without a setting there are no flags, and rustc's own default applies: `facts.crtStatic.default` of
 * `src/cargo/platform/target-table.ts`, with position-independent executables wherever the target supports
 * them.
 */
import { cfgFlags } from '../../cargo/platform/rustflags.ts'
import { targetFacts } from '../../cargo/platform/target-table.ts'
import type { CargoConfig } from '../../cargo/workspace/workspace.ts'
import type { Settings, TargetSettings } from '../settings/settings.ts'

/** The flags for rustc, one word per element; empty if nothing is set. */
export function linkFlags(settings: TargetSettings | undefined): readonly string[] {
  const { static: isStatic, relocationModel } = settings ?? {}
  return [
    ...(isStatic === undefined ? [] : ['-C', `target-feature=${isStatic ? '+' : '-'}crt-static`]),
    ...(relocationModel === undefined ? [] : ['-C', `relocation-model=${relocationModel}`]),
  ]
}

/** What is requested of a platform besides the configuration's flags. */
export interface TargetChoice {
  /** From its settings. */
  readonly flags: readonly string[]
  /**
   * Compiled for as cargo does with `--target`, even if it is the build platform: then build scripts and
   * macros get no flags.
   */
  readonly isExplicit: boolean
}

export type ChooseTarget = (triple: string) => TargetChoice

/** Link settings, the setting `explicit-target`, and `build.target` of the configuration imply `--target`. */
export function targetChoices(settings: Settings, { build }: CargoConfig): ChooseTarget {
  const isConfigured = (triple: string): boolean =>
    build.target.includes(triple) || build.target.includes('host-tuple')
  return (triple) => {
    const flags = linkFlags(settings.target[triple])
    return { flags, isExplicit: flags.length > 0 || settings.explicitTarget || isConfigured(triple) }
  }
}

/**
 * Whether rustc links programs statically: any `+crt-static` wins over `-crt-static`, as in rustc's
 * `crt_static`.
 */
export function isLinkedStatically(triple: string, rustflags: readonly string[]): boolean {
  const facts = targetFacts(triple)?.crtStatic
  if (facts === undefined || !facts.respected) return facts?.default ?? false
  const { targetFeatures } = cfgFlags(rustflags)
  if (targetFeatures.includes('+crt-static')) return true
  return targetFeatures.includes('-crt-static') ? false : facts.default
}
