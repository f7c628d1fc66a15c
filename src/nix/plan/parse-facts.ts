/**
 * The facts of a `Cargo.nix` as data again.
 *
 * In: text that `render-crates.ts` wrote, of this version or another. Out: its attributes, with dotted names as tables.
 * Understands what the printer prints: attribute sets, lists, strings in double quotes, numbers, words; anything else
 * makes the answer undefined.
 */

export type FactValue = string | number | boolean | null | readonly FactValue[] | FactTable

export interface FactTable {
  readonly [name: string]: FactValue
}

type MutableTable = { [name: string]: FactValue }

interface Reader {
  readonly text: string
  at: number
}

const START = 'import ./cargo2nix {'

/** Undefined for text that is no generated set of facts. */
export function parseFacts(text: string): FactTable | undefined {
  const start = text.indexOf(START)
  if (start === -1) return undefined
  try {
    return readTable({ text, at: start + START.length })
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const BLANK = /\s*/y
const NAME = /[A-Za-z_][\w'-]*/y
const STRING = /"((?:\\[\s\S]|[^"\\])*)"/y
const WORD = /[^\s;\]}"]+/y
const INHERIT = /inherit(?=\s)/y

/** What a pattern matches here, blanks before it passed over; undefined for nothing. */
function take(reader: Reader, pattern: RegExp): RegExpExecArray | undefined {
  BLANK.lastIndex = reader.at
  pattern.lastIndex = reader.at + (BLANK.exec(reader.text)?.[0].length ?? 0)
  const found = pattern.exec(reader.text)
  if (found === null) return undefined
  reader.at = pattern.lastIndex
  return found
}

function takeMark(reader: Reader, mark: string): boolean {
  BLANK.lastIndex = reader.at
  const at = reader.at + (BLANK.exec(reader.text)?.[0].length ?? 0)
  if (reader.text[at] !== mark) return false
  reader.at = at + 1
  return true
}

function expect(reader: Reader, mark: string): void {
  if (!takeMark(reader, mark)) throw new SyntaxError(`there is no ${mark}`)
}

/** What follows an opening brace. */
function readTable(reader: Reader): FactTable {
  const table: MutableTable = {}
  while (!takeMark(reader, '}')) {
    if (take(reader, INHERIT) !== undefined) {
      while (!takeMark(reader, ';')) readName(reader)
      continue
    }
    const path = [readName(reader)]
    while (takeMark(reader, '.')) path.push(readName(reader))
    expect(reader, '=')
    insert(table, path, readValue(reader))
    expect(reader, ';')
  }
  return table
}

function readName(reader: Reader): string {
  const quoted = take(reader, STRING)?.[1]
  if (quoted !== undefined) return unquote(quoted)
  const name = take(reader, NAME)?.[0]
  if (name === undefined) throw new SyntaxError('there is no name')
  return name
}

function insert(table: MutableTable, [name = '', ...rest]: readonly string[], value: FactValue): void {
  if (rest.length === 0) {
    Object.defineProperty(table, name, { value, enumerable: true, writable: true, configurable: true })
    return
  }
  const known = Object.hasOwn(table, name) ? table[name] : undefined
  const inner: MutableTable = isFactTable(known) ? (known as MutableTable) : {}
  insert(table, [name], inner)
  insert(inner, rest, value)
}

/** True for a set of attributes. */
export function isFactTable(value: FactValue | undefined): value is FactTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readValue(reader: Reader): FactValue {
  if (takeMark(reader, '{')) return readTable(reader)
  if (takeMark(reader, '[')) {
    const items: FactValue[] = []
    while (!takeMark(reader, ']')) items.push(readValue(reader))
    return items
  }
  const quoted = take(reader, STRING)?.[1]
  if (quoted !== undefined) return unquote(quoted)
  const word = take(reader, WORD)?.[0]
  if (word === undefined) throw new SyntaxError('there is no value')
  if (word === 'true' || word === 'false') return word === 'true'
  if (word === 'null') return null
  return /^-?\d+$/.test(word) ? Number(word) : word
}

const MEANINGS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function unquote(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (_, mark: string) => MEANINGS[mark] ?? mark)
}
