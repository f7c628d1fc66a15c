/**
 * What all commands have in common: standard output and error, colours, `--json`, the exit code. The only file that
 * prints and sets the exit code.
 */
import { CommanderError, Option, type Command } from 'commander'
import { Cargo2NixError } from './errors.ts'
import type { CommandOutcome } from './commands/outcome.ts'
import { progressReporter, type ProgressReporter } from './io/progress.ts'
import { notWritten, refuseLostDirectory, systemError } from './io/system-error.ts'
import { oneLine, printable, shortened, withWordsOnOneLine } from './printable.ts'
import { givenColour, HELP_STYLES, usesColour, withColouredLabel } from './terminal-style.ts'

const args = process.argv.slice(2)
const colour = givenColour(args)
const wantsJson = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined).includes('--json')
// A stream costs a millisecond, and most runs print nothing on this one.
export const progress: ProgressReporter = progressReporter(() => process.stderr, process.env)

function colours(stream: 'stdout' | 'stderr'): boolean {
  return usesColour(colour, process.env, process[stream].isTTY)
}

/** Prints a message on standard error. */
function say(line: string): void {
  const text = oneLine(line)
  process.stderr.write(`${colours('stderr') ? withColouredLabel(text) : text}\n`)
}

/**
 * The V8 of Node 20 soon optimizes what looks hot, which costs a run of half a second more than a third of
 * its CPU time. Here it waits fifteen times as long: code that really is hot, in large workspaces, is still
 * optimized. Later versions of V8 do not have this flag, and need it less.
 */
function optimiseLate(): void {
  if (process.versions.node.startsWith('20.'))
    process.getBuiltinModule('node:v8').setFlagsFromString('--interrupt-budget=1000000')
}

export async function run(command: () => Promise<CommandOutcome>): Promise<void> {
  optimiseLate()
  const { output, notes, exitCode, result } = await command()
  progress.stop()
  for (const note of notes) say(note)
  const text = printable(wantsJson && result !== undefined ? JSON.stringify(result, undefined, 2) : output)
  if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  process.exitCode = exitCode
}

/** A command in the list of commands, with its arguments. */
function termOf(command: Command): string {
  const args = command.registeredArguments.map((each) => {
    const name = each.variadic ? `${each.name()}...` : each.name()
    return each.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...args].join(' ')
}

/** What all commands have in common. */
export function prepared(command: Command): Command {
  command
    .addOption(new Option('--color <WHEN>', 'when to use colours').choices(['auto', 'always', 'never']))
    .exitOverride()
    .helpOption('-h, --help', 'print help')
    .configureHelp({ ...HELP_STYLES, subcommandTerm: termOf })
    .configureOutput({
      getOutHasColors: () => colours('stdout'),
      getErrHasColors: () => colours('stderr'),
      writeErr: (text) => wantsJson || process.stderr.write(text),
      outputError: (text, write) => {
        const shown = withWordsOnOneLine(text, args)
        write(colours('stderr') ? withColouredLabel(shown) : shown)
      },
    })
  for (const { long } of command.options) if (PATHS.has(long ?? '')) refuseEmpty(command, long!)
  for (const each of command.commands) prepared(each)
  return command
}

/** Flags whose value is a path; as a path, nothing is the current directory, which nobody means. */
const PATHS: ReadonlySet<string> = new Set(['--out', '--file', '--manifest-path', '--code-quality'])

function refuseEmpty(command: Command, flag: string): void {
  command.on(`option:${flag.slice(2)}`, (value: unknown) => {
    if (value !== '') return
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `\`${flag}\`: the path is empty`,
      hint: 'name a path, or leave the flag out',
    })
  })
}

function printError(thrown: unknown): void {
  progress.stop()
  const error = systemError(thrown) ?? thrown
  if (error instanceof Cargo2NixError) {
    const { code, message, path, hint } = error
    if (wantsJson) return printJsonError({ code, message, path, hint })
    say(`error: ${path === undefined ? '' : `${shortened(path)}: `}${message}`)
    if (hint !== undefined) say(`hint: ${hint}`)
    return
  }
  const text = printable(error instanceof Error ? (error.stack ?? error.message) : String(error))
  if (wantsJson) return printJsonError({ code: 'bug', message: text })
  say('error: this is a bug of cargo2nix-ts, please report it')
  process.stderr.write(`${text}\n`)
}

function printJsonError(error: Readonly<Record<string, string | undefined>>): void {
  process.stdout.write(`${JSON.stringify({ error }, undefined, 2)}\n`)
}

/** Parses the command line and runs the command; prints what goes wrong. */
export async function runCommandLine(command: () => Promise<unknown>): Promise<void> {
  handleStreams()
  try {
    refuseLostDirectory()
    await command()
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      printError(error)
      process.exitCode = 2
      return
    }
    process.exitCode = error.exitCode === 0 ? 0 : 2
    if (wantsJson && error.exitCode !== 0)
      printJsonError({ code: 'bad-argument', message: error.message.replace(/^error: /, '') })
  }
}

function handleStreams(): void {
  // Whoever reads the output may stop early (`| head`); the rest has no reader, and that is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') printError(notWritten('standard output', error))
    process.exit(error.code === 'EPIPE' ? 0 : 2)
  })
  process.stderr.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.exit(2)
  })
}

/** Asks on a terminal; anything but a yes is a no. */
export async function ask(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined
  progress.stop()
  const { createInterface } = process.getBuiltinModule('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${oneLine(question)} [y/N] `)
  terminal.close()
  return /^y(?:es)?$/i.test(answer.trim())
}
