/**
 * Static linking: what a target's settings ask rustc for, and what comes of all flags.
 *
 * Without a setting nothing is asked for, and rustc's own default holds: `facts.crtStatic.default` of
 * `src/cargo/platform/target-table.ts`, with position-independent programs wherever the target has them.
 */
import { cfgFlags } from '../../cargo/platform/rustflags.ts'
import { targetFacts } from '../../cargo/platform/target-table.ts'
import type { TargetSettings } from '../settings/settings.ts'

/** The flags for rustc, one word an element; none where nothing is set. */
export function linkFlags(settings: TargetSettings | undefined): readonly string[] {
  const { static: isStatic, relocationModel } = settings ?? {}
  return [
    ...(isStatic === undefined ? [] : ['-C', `target-feature=${isStatic ? '+' : '-'}crt-static`]),
    ...(relocationModel === undefined ? [] : ['-C', `relocation-model=${relocationModel}`]),
  ]
}

/** Whether rustc links programs statically: `+crt-static` anywhere wins over `-crt-static`, as in rustc's `crt_static`. */
export function isLinkedStatically(triple: string, rustflags: readonly string[]): boolean {
  const facts = targetFacts(triple)?.crtStatic
  if (facts === undefined || !facts.respected) return facts?.default ?? false
  const { targetFeatures } = cfgFlags(rustflags)
  if (targetFeatures.includes('+crt-static')) return true
  return targetFeatures.includes('-crt-static') ? false : facts.default
}
