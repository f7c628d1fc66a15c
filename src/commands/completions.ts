/**
 * `completions SHELL`, and the hidden `complete` that the shells' scripts call: subcommands, flags and their values.
 *
 * In: the program as otherwise parsed. Out: the same program plus both commands, for a run that does nothing
 * else.
 */
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { KNOWN_TARGETS } from '../cargo/platform/target-table.ts'

const TAKES_TARGET: ReadonlySet<string> = new Set(['target', 'host'])

/** Adds the commands. Targets are offered as choices, but other values are accepted here. */
export function addCompletions(program: Command): void {
  for (const command of allCommands(program)) {
    for (const option of command.options) {
      if (TAKES_TARGET.has(option.attributeName())) option.argChoices = [...KNOWN_TARGETS]
    }
    for (const argument of command.registeredArguments) {
      if (TAKES_TARGET.has(argument.name().toLowerCase())) argument.argChoices = [...KNOWN_TARGETS]
    }
  }
  tab(program, { completionCommandName: 'completions' })
}

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)]
}
