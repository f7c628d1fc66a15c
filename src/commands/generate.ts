/** `generate`: writes the Nix files of a workspace. */
import { relative } from 'node:path'
import { applyChanges, compareFiles } from '../io/write-files.ts'
import { describeChanges } from './describe-changes.ts'
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
  const account = describeChanges(changes, files)
  const summary =
    account.length === 0
      ? `${name} is up to date: ${plan.crates.length} crates for ${plan.targets.length} platforms`
      : [`wrote ${name}: ${plan.crates.length} crates for ${plan.targets.length} platforms`, ...account].join(
          '\n',
        )
  return { output: summary, notes, exitCode: 0 }
}
