/** `overrides`: lists the crates that link or search for native code, whether an override covers each, and what the shell has for it. */
import { hasNativeSources } from '../io/packages/native-sources.ts'
import { nativeCrates, type NativeCrate } from '../nix/native/native-crates.ts'
import { generatedFiles, type GenerateFlags } from './generated-files.ts'
import type { CommandOutcome, Report } from './outcome.ts'
import { toTable, type Columns } from './table.ts'

/**
 * Lists them for all targets of the matrix; writes nothing.
 *
 * @throws Cargo2NixError if `generate` would fail.
 */
export async function listOverrides(flags: GenerateFlags, report: Report): Promise<CommandOutcome> {
  const { plan, notes } = await generatedFiles(flags, report)
  report('looking for C sources')
  const rows = nativeCrates(plan, ({ package: { manifest } }) => hasNativeSources(manifest.manifestPath))
  const targets = new Set(plan.matrix.flatMap(({ hostPlatforms }) => hostPlatforms)).size
  const output = toTable(rows.map((row) => columns(row, targets))) || 'no crate has to do with native code'
  return { output, notes: [...notes, ...advice(rows)], exitCode: 0, result: rows }
}

function columns({ key, links, tools, coveredBy, shell, targets }: NativeCrate, allTargets: number): Columns {
  return {
    crate: key,
    links: links ?? '-',
    'build script uses': tools.join(' ') || '-',
    'covered by': coveredBy === 'nothing' ? 'NOTHING' : coveredBy,
    'in the shell': shell.join(' ') || '-',
    targets: targets.length === allTargets ? 'all' : targets.join(' '),
  }
}

/** Advice, not an error: only the caller's `crateOverrides` can tell, and those are written in Nix. */
function advice(rows: readonly NativeCrate[]): readonly string[] {
  const names = [...new Set(rows.filter(({ coveredBy }) => coveredBy === 'nothing').map(({ name }) => name))]
  if (names.length === 0) return []
  return [
    `note: ${names.join(', ')}: looks for a library that neither the crate nor nixpkgs' defaultCrateOverrides provides`,
    'hint: give it to the crate in `crateOverrides`, unless you do already: { nativeBuildInputs = [ … ]; buildInputs = [ … ]; }',
  ]
}
