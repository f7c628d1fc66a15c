/**
 * What is known about the platforms in one compilation: cargo's `RustcTargetData`.
 *
 * Decides whether a `[target.X]` table applies to a compile kind. Mirrors `dep_platform_activated` in
 * `core/compiler/build_context/target_info.rs` of cargo 0.96.
 */
import { parsePlatform, platformMatches, type CfgSet } from '../ids/cfg-expr.ts'
import type { CompileKind } from '../compile-request.ts'

export interface TargetData {
  /** The triple of the compiling machine. */
  readonly host: string
  /**
   * Whether dependencies under `[target.X]` apply when compiling for the kind; undefined means no `[target]`.
   */
  readonly isActive: (platform: string | undefined, kind: CompileKind) => boolean
}

/** Builds the table; `cfgsOf` gives the cfgs that rustc sets for a kind. */
export function targetData(host: string, cfgsOf: (kind: CompileKind) => CfgSet): TargetData {
  const known = new Map<string, boolean>()
  return {
    host,
    isActive(platform, kind) {
      if (platform === undefined) return true
      const key = `${kind ?? ''} ${platform}`
      const seen = known.get(key)
      if (seen !== undefined) return seen
      const active = platformMatches(parsePlatform(platform), kind ?? host, cfgsOf(kind))
      known.set(key, active)
      return active
    },
  }
}
