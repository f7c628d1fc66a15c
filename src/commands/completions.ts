/**
 * `completions SHELL`, and the hidden `complete` that the shells' scripts call: subcommands, flags and their values.
 *
 * In: the program as otherwise parsed. Out: the same program plus both commands, for a run that does nothing
 * else.
 */
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { KNOWN_TARGETS } from '../cargo/platform/target-table.ts'
import { FORGE_FILES } from '../nix/jobs/project-files.ts'

/** What is offered for a flag or an argument, by its name. Here they are choices, but any other value is accepted, too. */
const VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['target', KNOWN_TARGETS],
  ['host', KNOWN_TARGETS],
  ['ci', Object.keys(FORGE_FILES)],
  ['profile', ['dev', 'release', 'test', 'bench']],
  ['channel', ['stable', 'beta', 'nightly']],
  ['subcommand', ['build', 'test', 'check', 'bench', 'doc']],
])

/** Those whose scripts the tests run. */
const SHELLS: readonly string[] = ['bash', 'zsh', 'fish']

/** Adds the commands. */
export function addCompletions(program: Command): void {
  for (const command of allCommands(program)) {
    for (const option of command.options) {
      const values = VALUES.get(option.attributeName())
      if (values !== undefined) option.argChoices = [...values]
    }
    for (const argument of command.registeredArguments) {
      const values = VALUES.get(argument.name().toLowerCase())
      if (values !== undefined) argument.argChoices = [...values]
    }
  }
  tab(program, { completionCommandName: 'completions' })
  const command = program.commands.find((each) => each.name() === 'completions')
  command?.registeredArguments[0]?.choices(SHELLS)
}

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)]
}
