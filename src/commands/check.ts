/** `check`: tells whether the folder is what `generate` would write. */
import { relative } from 'node:path'
import { compareFiles } from '../io/write-files.ts'
import { describeChanges } from './describe-changes.ts'
import { generatedFiles, type GenerateFlags } from './generated-files.ts'
import type { CommandOutcome, Report } from './outcome.ts'

/**
 * Compares and changes nothing; exit code 1 when the folder is stale.
 *
 * @throws Cargo2NixError where `generate` would fail.
 */
export async function check(flags: GenerateFlags, report: Report): Promise<CommandOutcome> {
  const { folder, files, notes } = await generatedFiles({ ...flags, offline: true }, report)
  const changes = compareFiles(folder, files, true)
  const name = relative(process.cwd(), folder) || '.'
  const account = describeChanges(changes, files)
  if (account.length === 0) return { output: `${name} is up to date`, notes, exitCode: 0 }
  const output = [`${name} is stale: run \`cargo2nix-ts generate\``, ...account].join('\n')
  return { output, notes, exitCode: 1 }
}
