/** `generate`: writes the Nix files of a workspace. */
import { oneLine } from '../printable.ts'
import { relative } from 'node:path'
import { programVersion } from '../version.ts'
import { counted } from '../counted.ts'
import { applyChanges, compareFiles, type FileChanges } from '../io/write-files.ts'
import { PIN_FILE, printPin, type ToolchainPin } from '../nix/toolchain/toolchain-pin.ts'
import { writerOf } from '../nix/render/nix-file.ts'
import { changeLine, describeChanges } from './describe-changes.ts'
import { generatedFiles, isNewerTool, type GenerateFlags } from './generated-files.ts'
import type { CommandOutcome, Report } from './outcome.ts'

/** What `--json` prints. */
export interface GenerateResult {
  readonly folder: string
  /** Paths in the directory. */
  readonly written: readonly string[]
  readonly removed: readonly string[]
  /** As in `check --json`. */
  readonly changes: Readonly<Record<string, unknown>>
  readonly packages: number
  readonly targets: readonly string[]
}

/**
 * Brings the directory up to date and says what changed; writes `newPin` along with it.
 *
 * @throws Cargo2NixError; nothing is written then.
 */
export async function generate(
  flags: GenerateFlags & { readonly force?: boolean },
  report: Report,
  newPin?: ToolchainPin,
): Promise<CommandOutcome & { readonly result: GenerateResult }> {
  const { folder, files, plan, staleToolchain, notes } = await generatedFiles(flags, report, newPin)
  const changes = compareFiles(folder, files, flags.force === true)
  report('writing')
  applyChanges(folder, withPin(changes, newPin))
  const name = oneLine(relative(process.cwd(), folder) || '.')
  const groups = describeChanges(
    changes,
    files.map(({ path }) => path),
  )
  const account = groups.map(changeLine)
  const size = `${counted(plan.crates.length, 'package')} for ${counted(plan.targets.length, 'platform')}`
  const output =
    account.length === 0
      ? `${name} is up to date: ${size}`
      : [`wrote ${name}: ${size}`, ...account].join('\n')
  const warnings = staleToolchain.map((line) => `warning: ${line}: run \`cargo2nix-ts toolchain update\``)
  const result: GenerateResult = {
    folder: name,
    written: changes.written.map(({ path }) => path),
    removed: changes.removed,
    changes: Object.fromEntries(groups.map((group) => [group.name, group.value ?? group.items])),
    packages: plan.crates.length,
    targets: plan.targets.map(({ triple }) => triple),
  }
  return { output, notes: [...notes, ...newerTool(changes), ...warnings], exitCode: 0, result }
}

/** Printed if this run replaced a newer version's files with those of an older one. */
function newerTool({ written, previous }: FileChanges): readonly string[] {
  const writtenBy = writerOf(previous.get('Cargo.nix') ?? '') ?? ''
  if (written.length === 0 || !isNewerTool(writtenBy)) return []
  return [
    `warning: the files were written by cargo2nix-ts ${writtenBy}, which is newer than this ${programVersion}`,
  ]
}

function withPin(changes: FileChanges, pin: ToolchainPin | undefined): FileChanges {
  if (pin === undefined) return changes
  return { ...changes, written: [...changes.written, { path: PIN_FILE, text: printPin(pin) }] }
}
