/**
 * How messages look on a terminal: when to use colours, and which, both as in cargo.
 *
 * In: arguments and environment. Out: text with or without ANSI codes.
 */

import type { styleText } from 'node:util'

type Environment = Readonly<Record<string, string | undefined>>
type Format = Parameters<typeof styleText>[0]

/** The value of a flag in arguments that have not been parsed yet, since errors in them are coloured, too. */
export function givenColour(args: readonly string[]): string | undefined {
  const flags = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  const last = flags.findLastIndex((arg) => arg === '--color' || arg.startsWith('--color='))
  if (last === -1) return undefined
  return flags[last] === '--color' ? flags[last + 1] : flags[last]!.slice('--color='.length)
}

/**
 * Whether to use colours on a stream: what `--color` says, else CARGO_TERM_COLOR, else NO_COLOR,
 * CLICOLOR_FORCE, CLICOLOR and the kind of terminal, in the order of cargo's own library (anstream).
 */
export function usesColour(flag: string | undefined, env: Environment, isTerminal: boolean): boolean {
  const choice = flag ?? env['CARGO_TERM_COLOR']
  if (choice === 'always' || choice === 'never') return choice === 'always'
  if ((env['NO_COLOR'] ?? '') !== '') return false
  if ((env['CLICOLOR_FORCE'] ?? '') !== '') return true
  const wish = env['CLICOLOR']
  if (wish === '0') return false
  return isTerminal && (isCapable(env) || wish !== undefined || env['CI'] !== undefined)
}

/** Whether the terminal understands more than plain text. */
export function isCapable(env: Environment): boolean {
  return env['TERM'] !== undefined && env['TERM'] !== 'dumb'
}

const LABELS: Readonly<Record<string, Format>> = {
  error: ['bold', 'redBright'],
  warning: ['bold', 'yellow'],
  note: ['bold', 'greenBright'],
  hint: ['bold', 'cyanBright'],
}

/** A line with its label (`error:`, `note:`, ...) in cargo's colours; other lines stay as they are. */
export function withColouredLabel(line: string): string {
  const [, label] = /^(\w+): /.exec(line) ?? []
  const format = label === undefined ? undefined : LABELS[label]
  if (label === undefined || format === undefined) return line
  return `${style(format, label)}${style('bold', ':')}${line.slice(label.length + 1)}`
}

/** Styles of help, as functions that commander calls. */
export const HELP_STYLES: Readonly<Record<string, (text: string) => string>> = {
  styleTitle: (text) => style(['bold', 'greenBright'], text),
  styleOptionText: (text) => style(['bold', 'cyanBright'], text),
  styleSubcommandText: (text) => style(['bold', 'cyanBright'], text),
  styleArgumentText: (text) => style('cyan', text),
}

function style(format: Format, text: string): string {
  // Loaded on demand: most runs print no colour.
  return process.getBuiltinModule('node:util').styleText(format, text, { validateStream: false })
}
