/**
 * What rustc says about its own targets, as data.
 *
 * In: a triple. Out: the cfgs that cargo sees for it, and facts from its specification.
 * `scripts/update-target-cfgs.mjs` writes the data, `target-cfgs.json`, and documents its format; a test
 * checks it against the installed rustc. Rows are decoded on demand.
 */
import type { CfgRow } from '../ids/cfg-expr.ts'
import table from './target-cfgs.json' with { type: 'json' }

/** Facts besides cfgs; from `rustc --print target-spec-json`. */
export interface TargetFacts {
  /** Rust's support tier for the target; undefined if it has none. */
  readonly tier: 1 | 2 | 3 | undefined
  /** `unknown`: Rust's list of platforms has a question mark. */
  readonly std: 'yes' | 'no' | 'unknown'
  readonly crtStatic: {
    readonly default: boolean
    /** Whether `-C target-feature=±crt-static` changes anything. */
    readonly respected: boolean
  }
}

const cfgs: Readonly<Record<string, string>> = table.cfgs
const facts: Readonly<Record<string, string>> = table.facts
const rows = new Map<string, CfgRow>()

/** The rustc version the data comes from. */
export const TABLE_RUSTC: string = table.rustc

/** Every target of that rustc, sorted. */
export const KNOWN_TARGETS: readonly string[] = Object.keys(cfgs)

/** What cargo gets from rustc for a target without flags; undefined for an unknown target. */
export function targetRow(triple: string): CfgRow | undefined {
  const known = rows.get(triple)
  if (known !== undefined) return known
  if (!Object.hasOwn(cfgs, triple)) return undefined
  const row = decode(cfgs[triple] ?? '')
  rows.set(triple, row)
  return row
}

/** Facts from rustc's specification of a target; undefined for an unknown target. */
export function targetFacts(triple: string): TargetFacts | undefined {
  if (!Object.hasOwn(facts, triple)) return undefined
  const words = new Set((facts[triple] ?? '').split(' '))
  return {
    tier: ([1, 2, 3] as const).find((tier) => words.has(`tier-${tier}`)),
    std: words.has('std') ? 'yes' : words.has('std-unknown') ? 'unknown' : 'no',
    crtStatic: {
      default: words.has('crt-static-default'),
      respected: words.has('crt-static-respected'),
    },
  }
}

function decode(text: string): CfgRow {
  const row = new Map<string, readonly string[]>()
  for (const token of text.split(' ')) {
    const [key = '', values] = token.split('=')
    if (key.startsWith('@')) for (const [name, list] of targetRow(key.slice(1)) ?? []) row.set(name, list)
    else if (key.startsWith('-')) row.delete(key.slice(1))
    else row.set(key, values?.split(',') ?? [])
  }
  return row
}
