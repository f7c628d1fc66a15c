/** Constructs in a workspace that only newer cargos understand. */

/** A construct that means something else, or nothing, to a cargo before `since`. */
export interface NewerRule {
  /** The first release that has the rule, such as `1.97`. */
  readonly since: string
  /** What happens to it in a workspace with an older toolchain: mostly what an older cargo does with it. */
  readonly older: 'refused' | 'passed over'
  /** The construct, as text. */
  readonly what: string
  /** The file or variable that contains it. */
  readonly where: string
}
