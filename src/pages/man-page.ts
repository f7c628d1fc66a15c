/**
 * The man page, generated from the commands themselves.
 *
 * In: a command with its subcommands, options and help. Out: text in the `man` macros of roff, section 1.
 */

/** The parts of a command that its man page needs; commander's `Command` and `Help` provide them. */
export interface DocumentedCommand {
  /** With the names of its parent commands. */
  readonly name: string
  readonly usage: string
  readonly description: string
  readonly options: readonly DocumentedTerm[]
  readonly arguments: readonly DocumentedTerm[]
  readonly subcommands: readonly DocumentedCommand[]
}

export interface DocumentedTerm {
  readonly term: string
  readonly description: string
}

export interface ManualFacts {
  readonly version: string
  readonly exitCodes: readonly DocumentedTerm[]
  readonly environment: readonly DocumentedTerm[]
}

/** The page of a program. */
export function manPage(program: DocumentedCommand, facts: ManualFacts): string {
  const { name, description } = program
  const lines = [
    `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(`${name} ${facts.version}`)} "User Commands"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(withoutPeriod(description))}`,
    '.SH SYNOPSIS',
    `.B ${roff(name)}`,
    roff(program.usage),
    '.SH DESCRIPTION',
    roff(description),
    ...section('OPTIONS', program.options),
    '.SH COMMANDS',
    ...program.subcommands.flatMap(commandLines),
    ...section('EXIT STATUS', facts.exitCodes),
    ...section('ENVIRONMENT', facts.environment),
  ]
  return `${lines.join('\n')}\n`
}

function commandLines(command: DocumentedCommand): readonly string[] {
  return [
    `.SS ${quoted(`${command.name} ${command.usage}`)}`,
    roff(command.description),
    ...terms(command.arguments),
    ...terms(command.options),
    ...command.subcommands.flatMap(commandLines),
  ]
}

function section(title: string, list: readonly DocumentedTerm[]): readonly string[] {
  return list.length === 0 ? [] : [`.SH ${quoted(title)}`, ...terms(list)]
}

function terms(list: readonly DocumentedTerm[]): readonly string[] {
  return list.flatMap(({ term, description }) => ['.TP', `.B ${roff(term)}`, roff(description)])
}

const withoutPeriod = (text: string): string => text.replace(/\.$/, '')

/** A dash is a minus sign that can be copied; a line must not begin like a request. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-')
  return escaped.replaceAll(/^(?=[.'])/gm, '\\&')
}

function quoted(text: string): string {
  return `"${roff(text).replaceAll('"', '\\(dq')}"`
}
