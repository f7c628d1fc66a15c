/** `generate`: writes the Nix files of a workspace. */
import { relative } from 'node:path'
import { applyChanges, compareFiles } from '../io/write-files.ts'
import { changeLine, describeChanges } from './describe-changes.ts'
import { generatedFiles, type GenerateFlags } from './generated-files.ts'
import type { CommandOutcome, Report } from './outcome.ts'

/**
 * Brings the folder up to date and says what changed.
 *
 * @throws Cargo2NixError; nothing is written then.
 */
export async function generate(
  flags: GenerateFlags & { readonly force?: boolean },
  report: Report,
): Promise<CommandOutcome> {
  const { folder, files, plan, notes } = await generatedFiles(flags, report)
  const changes = compareFiles(folder, files, flags.force === true)
  report('writing')
  applyChanges(folder, changes)
  const name = relative(process.cwd(), folder) || '.'
  const account = describeChanges(
    changes,
    files.map(({ path }) => path),
  ).map(changeLine)
  const size = `${plan.crates.length} packages for ${plan.targets.length} platforms`
  const output =
    account.length === 0
      ? `${name} is up to date: ${size}`
      : [`wrote ${name}: ${size}`, ...account].join('\n')
  return { output, notes, exitCode: 0 }
}
