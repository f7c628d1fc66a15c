/** `generate`: writes the Nix files of a workspace. */
import { relative } from 'node:path'
import { applyChanges, compareFiles, type FileChanges } from '../io/write-files.ts'
import { PIN_FILE, printPin, type ToolchainPin } from '../nix/toolchain/toolchain-pin.ts'
import { changeLine, describeChanges } from './describe-changes.ts'
import { generatedFiles, type GenerateFlags } from './generated-files.ts'
import type { CommandOutcome, Report } from './outcome.ts'

/**
 * Brings the folder up to date and says what changed; `newPin` is written with it.
 *
 * @throws Cargo2NixError; nothing is written then.
 */
export async function generate(
  flags: GenerateFlags & { readonly force?: boolean },
  report: Report,
  newPin?: ToolchainPin,
): Promise<CommandOutcome> {
  const { folder, files, plan, staleToolchain, notes } = await generatedFiles(flags, report, newPin)
  const changes = compareFiles(folder, files, flags.force === true)
  report('writing')
  applyChanges(folder, withPin(changes, newPin))
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
  const warnings = staleToolchain.map((line) => `warning: ${line}: run \`cargo2nix-ts toolchain update\``)
  return { output, notes: [...notes, ...warnings], exitCode: 0 }
}

function withPin(changes: FileChanges, pin: ToolchainPin | undefined): FileChanges {
  if (pin === undefined) return changes
  return { ...changes, written: [...changes.written, { path: PIN_FILE, text: printPin(pin) }] }
}
