/**
 * `[lints]`: the level of each lint, and the flags that rustc gets for them.
 *
 * In: a `[lints]` or `[workspace.lints]` table. Out: its lints, in the order that cargo passes them.
 * Mirrors `verify_lints` and `lints_to_rustflags` in `util/toml/mod.rs` of cargo 0.96.
 */
import type { FindInheritable } from './inheritance.ts'
import type { Lint, LintLevel } from './manifest.ts'
import {
  failAt,
  isTable,
  mismatch,
  placeOf,
  stringAt,
  stringsAt,
  tableAt,
  type TomlPlace,
  type TomlTable,
  type TomlValue,
} from '../toml-value.ts'

/** Tools whose names cargo checks; lints of other tools reach rustc unchanged. */
const TOOLS: ReadonlySet<string> = new Set(['cargo', 'clippy', 'rust', 'rustdoc'])

const LEVELS: ReadonlySet<string> = new Set(['forbid', 'deny', 'warn', 'allow'])

/**
 * Parses the `[lints]` of a package.
 *
 * @throws Cargo2NixError if cargo refuses it
 */
export function parseLints(document: TomlTable, place: TomlPlace, inherit: FindInheritable): readonly Lint[] {
  const lints = tableAt(document, 'lints', place)
  if (lints === undefined) return []
  const here = placeOf(place, 'lints')
  if (lints['workspace'] === undefined) return lintsOf(lints, here)
  if (lints['workspace'] !== true) mismatch(lints['workspace'], '`true`', here, 'workspace')
  if (Object.keys(lints).length > 1) {
    failAt(here, 'workspace', 'lints cannot be both inherited and given here', 'keep one of the two')
  }
  const workspace = inherit()
  if (workspace.lints === undefined)
    failAt(here, 'workspace', '`workspace.lints` is not defined', 'define it')
  return lintsOf(workspace.lints, placeOf(workspace.place, 'lints'))
}

/** Checks lints that nobody may inherit, as far as cargo does. */
export function checkLints(table: TomlTable, place: TomlPlace): void {
  lintsOf(table, place, false)
}

/** The flags for rustc and rustdoc; those of `cargo` are for cargo itself. */
export function lintFlags(lints: readonly Lint[]): readonly string[] {
  const forRustc = lints.filter(({ tool }) => tool !== 'cargo')
  const levels = forRustc.map(
    ({ tool, name, level }) => `--${level}=${tool === 'rust' ? name : `${tool}::${name}`}`,
  )
  const checkCfg = forRustc.flatMap((lint) => lint.checkCfg.flatMap((cfg) => ['--check-cfg', cfg]))
  return [...levels, ...checkCfg]
}

/** @param isUsed whether rustc gets them */
function lintsOf(table: TomlTable, place: TomlPlace, isUsed = true): readonly Lint[] {
  const lints = Object.keys(table).flatMap((tool) => {
    const ofTool = tableAt(table, tool, place) ?? {}
    const here = placeOf(place, tool)
    return Object.entries(ofTool).map(([name, value]) => parseLint(tool, name, value, here, isUsed))
  })
  return lints.sort(compareLints)
}

function parseLint(tool: string, name: string, value: TomlValue, place: TomlPlace, isUsed: boolean): Lint {
  if (name.includes('::') && TOOLS.has(tool))
    failAt(place, name, 'a lint name has no `::`', 'write `[lints.TOOL]` and the bare name')
  // Rustc gets it as an argument, which cannot hold one.
  if (isUsed && `${tool}${name}`.includes('\0')) failAt(place, name, 'has a NUL character')
  if (!isTable(value)) return { tool, name, level: levelOf(value, place, name), priority: 0, checkCfg: [] }
  const here = placeOf(place, name)
  const level = stringAt(value, 'level', here) ?? failAt(here, 'level', 'is missing', 'give the lint a level')
  const checked = isUsed && tool === 'rust' && name === 'unexpected_cfgs'
  const checkCfg = checked ? (stringsAt(value, 'check-cfg', here) ?? []) : []
  if (checkCfg.join().includes('\0')) failAt(here, 'check-cfg', 'has a NUL character')
  return { tool, name, level: levelOf(level, here, 'level'), priority: priorityOf(value, here), checkCfg }
}

function levelOf(value: TomlValue, place: TomlPlace, key: string): LintLevel {
  if (typeof value === 'string' && LEVELS.has(value)) return value as LintLevel
  return failAt(place, key, 'expected `forbid`, `deny`, `warn` or `allow`')
}

function priorityOf(table: TomlTable, place: TomlPlace): number {
  const value = table['priority'] ?? 0
  if (typeof value === 'number' && Number.isInteger(value) && value >= -128 && value <= 127) return value
  return failAt(place, 'priority', 'expected an integer from -128 to 127')
}

/** By priority, then names from Z to A, so that the group `all` comes late. */
function compareLints(a: Lint, b: Lint): number {
  if (a.priority !== b.priority) return a.priority - b.priority
  if (a.name !== b.name) return a.name < b.name ? 1 : -1
  const [left, right] = [a, b].map(({ level, tool }) => `--${level}=${tool === 'rust' ? '' : tool}`)
  return left! < right! ? -1 : 1
}
