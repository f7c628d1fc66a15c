/** `targets`: shows the matrix of the workspace, or edits it in the manifest. */
import { relative } from 'node:path'
import { resolveTargetName } from '../nix/platform/platform.ts'
import { editTargets } from '../nix/settings/edit-targets.ts'
import { parseSettings } from '../nix/settings/settings.ts'
import {
  allTargetRows,
  matrixRows,
  type MatrixTargetRow,
  type TargetRow,
} from '../nix/plan/target-overview.ts'
import { writeText } from '../io/write-files.ts'
import { readText } from '../io/read-text.ts'
import { Cargo2NixError } from '../errors.ts'
import { generate } from './generate.ts'
import { generatedFiles, type GenerateFlags } from './generated-files.ts'
import { openWorkspace, resolveTargets } from './open-workspace.ts'
import type { CommandOutcome, Report } from './outcome.ts'
import { toTable, type Columns } from './table.ts'

export interface TargetsFlags extends GenerateFlags {
  readonly all?: boolean
}

/** Lists the targets of the workspace, or with `all` every target that rustc knows. */
export async function listTargets(flags: TargetsFlags, report: Report): Promise<CommandOutcome> {
  if (flags.all === true) {
    const rows = allTargetRows()
    return { output: toTable(rows.map(allColumns)), notes: [], exitCode: 0, result: rows }
  }
  const { plan, notes } = await generatedFiles(flags, report)
  const rows = matrixRows(plan)
  return { output: toTable(rows.map(matrixColumns)), notes, exitCode: 0, result: rows }
}

export type Edit = 'add' | 'remove'

/**
 * Adds targets to the manifest's table or removes them, then generates.
 *
 * @throws Cargo2NixError `unknown-target` for a name that is not a target, `bad-argument` for a target to
 *   remove that is not in the list.
 */
export async function changeTargets(
  edit: Edit,
  names: readonly string[],
  flags: GenerateFlags,
  report: Report,
): Promise<CommandOutcome> {
  const { local, load } = openWorkspace({ ...flags, target: names }, report)
  const path = local.rootManifestPath
  const { hosts, targets } = parseSettings(local.settings, path)
  // A custom target is listed by its name, and added by its file.
  const { targets: chosen, notes } = resolveTargets(names, (name) =>
    edit === 'remove' && targets.includes(name) ? { triple: name } : resolveTargetName(name),
  )
  const absent = edit === 'remove' ? chosen.find((triple) => !targets.includes(triple)) : undefined
  if (absent !== undefined) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      path,
      message: `metadata.cargo2nix.targets: \`${absent}\` is not among them`,
      hint: `they are: ${targets.join(', ') || 'none'}`,
    })
  }
  const changed =
    edit === 'add'
      ? [...new Set([...targets, ...chosen])]
      : targets.filter((triple) => !chosen.includes(triple))
  // If generating the files fails, the manifest stays as it is, too.
  await load([...hosts, ...changed])
  const { customTargets } = local.config
  const spelled = changed.map((name) =>
    Object.hasOwn(customTargets, name) ? relative(local.root, customTargets[name]!.path) : name,
  )
  writeText(path, editTargets(readText(path), spelled))
  const outcome = await generate(flags, report)
  return {
    ...outcome,
    notes: [...notes, ...outcome.notes],
    result: { inManifest: changed, ...outcome.result },
  }
}

function matrixColumns(row: MatrixTargetRow): Columns {
  return {
    target: row.triple,
    'nix config': row.config ?? '-',
    pkgsCross: row.pkgsCross ?? '-',
    linker: row.linker ?? 'cc',
    static: row.static ? 'yes' : 'no',
    builds: row.builds ? 'yes' : 'no',
    differs: String(row.differing),
  }
}

function allColumns(row: TargetRow): Columns {
  return {
    target: row.triple,
    'nix config': row.config ?? '-',
    pkgsCross: row.pkgsCross ?? '-',
    libc: row.libc ?? '-',
    tier: row.tier === null ? '-' : String(row.tier),
    std: row.std,
    note: row.note ?? '',
  }
}
