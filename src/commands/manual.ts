/** `manual`, which packagers run: prints the man page of all commands. */
import type { Command } from 'commander'
import { manPage, type DocumentedCommand } from '../pages/man-page.ts'
import type { CommandOutcome } from './outcome.ts'

const EXIT_CODES = [
  {
    term: '0',
    description: 'The command did what it was asked to; files are current; the cache lacks nothing.',
  },
  { term: '1', description: '`check`: files are stale. `cache status`: the cache lacks something.' },
  { term: '2', description: 'An error. Nothing was written.' },
]

const ENVIRONMENT = [
  { term: 'CARGO_HOME', description: "cargo's home directory, where downloaded crates are looked for." },
  { term: 'XDG_CACHE_HOME', description: 'Parsed manifests are cached in cargo2nix-ts/manifests below it.' },
  { term: 'RUSTUP_DIST_SERVER', description: 'The server that `toolchain update` asks for a channel.' },
  { term: 'NO_COLOR', description: 'If set and not empty, messages are not coloured.' },
]

/** The man page of a program, with its subcommands. */
export function printManual(program: Command, version: string): CommandOutcome {
  const output = manPage(documented(program, program.name()), {
    version,
    exitCodes: EXIT_CODES,
    environment: ENVIRONMENT,
  })
  return { output, notes: [], exitCode: 0 }
}

function documented(command: Command, name: string): DocumentedCommand {
  const help = command.createHelp()
  return {
    name,
    usage: command.usage(),
    description: command.description(),
    options: help.visibleOptions(command).map((option) => ({
      term: help.optionTerm(option),
      description: help.optionDescription(option),
    })),
    arguments: help.visibleArguments(command).map((argument) => ({
      term: help.argumentTerm(argument),
      description: help.argumentDescription(argument),
    })),
    subcommands: help
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help')
      .map((each) =>
        documented(
          each,
          each.name() === name ? name : `${name === 'cargo2nix-ts' ? '' : `${name} `}${each.name()}`,
        ),
      ),
  }
}
