/**
 * Prints Nix expressions as text: the only printer, which escapes everything.
 *
 * In: NixExpr. Out: text that is a fixed point of nixfmt (RFC 166 style, 100 columns).
 * Assumes only that strings are Unicode without NUL, which Nix cannot represent.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { NixAttributes, NixBinding, NixExpr, NixList } from './expr.ts'

/** Width of a line without its indentation, which nixfmt does not count. */
const WIDTH = 100

/** Prints an expression; `column` is where its first line begins, `indent` is where the others do. */
export function printNix(expr: NixExpr, indent = 0, column: number = indent): string {
  if (expr === null) return 'null'
  if (typeof expr === 'string') return printString(expr)
  if (typeof expr === 'number' || typeof expr === 'boolean') return String(expr)
  if (expr.kind === 'raw') return expr.text
  if (expr.kind === 'words') return printWords(expr.words, indent, column)
  return expr.kind === 'list' ? printList(expr, indent, column) : printAttributes(expr, indent)
}

/** Many words get one line each, so that changing a word changes one line. */
function printWords(words: readonly string[], indent: number, column: number): string {
  const inline = printString(words.join(' '))
  if (column - indent + inline.length + 1 <= WIDTH) return inline
  const lines = words.map((word) => `${' '.repeat(indent + 2)}${inIndentedString(word)}`)
  return `''\n${lines.join('\n')}''`
}

function inIndentedString(text: string): string {
  if (text.includes('\0')) printString(text)
  return text.replaceAll("''", "'''").replaceAll('${', "''${")
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/**
 * A string in double quotes.
 *
 * @throws Cargo2NixError `unsafe-name` for NUL, which no Nix string can contain.
 */
export function printString(text: string): string {
  if (text.includes('\0')) {
    throw new Cargo2NixError({
      code: 'unsafe-name',
      message: `${JSON.stringify(text)} has a NUL character, which Nix cannot hold`,
      hint: 'take it out of the manifest',
    })
  }
  return `"${text.replace(/["\\\n\r\t]|\$(?=\{)/g, (mark) => ESCAPES[mark] ?? `\\${mark}`)}"`
}

const KEYWORDS = new Set(['assert', 'else', 'if', 'in', 'inherit', 'let', 'or', 'rec', 'then', 'with'])

/** An attribute name, quoted if necessary. */
export function printAttributeName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_'-]*$/.test(name) && !KEYWORDS.has(name) ? name : printString(name)
}

function printList({ items }: NixList, indent: number, column: number): string {
  if (items.length === 0) return '[ ]'
  const only = items[0]!
  // nixfmt keeps a list on one line only if it has a single, simple element that fits.
  if (items.length === 1) {
    const inline = printInline(only)
    if (inline !== undefined && column - indent + inline.length + 5 <= WIDTH) return `[ ${inline} ]`
  }
  const inner = ' '.repeat(indent + 2)
  const lines = items.map((item) => `${inner}${printInline(item) ?? printNix(item, indent + 2)}`)
  return `[\n${lines.join('\n')}\n${' '.repeat(indent)}]`
}

/** On one line, as nixfmt prints list elements; undefined if it would not. */
function printInline(expr: NixExpr): string | undefined {
  if (expr === null || typeof expr !== 'object' || expr.kind === 'raw' || expr.kind === 'words')
    return printNix(expr)
  if (expr.kind === 'list') {
    if (expr.items.length === 0) return '[ ]'
    const only = expr.items.length === 1 ? printInline(expr.items[0]!) : undefined
    return only !== undefined && only.length + 4 <= WIDTH ? `[ ${only} ]` : undefined
  }
  if (expr.bindings.length !== 1) return expr.bindings.length === 0 ? '{ }' : undefined
  const value = printInline(expr.bindings[0]!.value)
  if (value === undefined) return undefined
  const text = `{ ${printPath(expr.bindings[0]!)} = ${value}; }`
  return text.length <= WIDTH ? text : undefined
}

function printPath({ path }: NixBinding): string {
  return path.map(printAttributeName).join('.')
}

function printAttributes({ bindings }: NixAttributes, indent: number): string {
  if (bindings.length === 0) return '{ }'
  const lines = bindings.map((each) => printBinding(each, indent + 2))
  return `{\n${lines.join('\n')}\n${' '.repeat(indent)}}`
}

function printBinding(each: NixBinding, indent: number): string {
  const name = printPath(each)
  const value = printNix(each.value, indent, indent + name.length + 3)
  // nixfmt keeps a long string next to a plain name, but not next to a quoted one.
  const breaks =
    typeof each.value === 'string' && name.includes('"') && [...name, ...value].length + 4 > WIDTH
  const margin = ' '.repeat(indent)
  return breaks ? `${margin}${name} =\n${margin}  ${value};` : `${margin}${name} = ${value};`
}
