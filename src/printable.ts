/** Input text in messages: nothing in it may act on a terminal, or look like one of our own lines. */
import { relative } from 'node:path'

/**
 * Control characters (C0 and C1), line and paragraph separators, and characters that change text direction.
 */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** The text on one line, with unprintable characters as `\n`, `\u001b` and so on. */
export function oneLine(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped)
}

/** The same for a text of several lines. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (mark) => (mark === '\n' ? mark : escaped(mark)))
}

/**
 * The text with the words of a command line in it on one line each, for a parser that repeats them as they
 * are.
 */
export function withWordsOnOneLine(text: string, words: readonly string[]): string {
  const values = words.flatMap((word) => [word, word.slice(word.indexOf('=') + 1)])
  const broken = values.filter((value) => value !== oneLine(value))
  return printable(broken.reduce((said, value) => said.replaceAll(value, oneLine(value)), text))
}

/** A file as a message names it: relative to the current directory, on one line. */
export function shownPath(path: string): string {
  return oneLine(relative(process.cwd(), path) || path)
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function escaped(mark: string): string {
  return SHORT.get(mark) ?? `\\u${mark.codePointAt(0)!.toString(16).padStart(4, '0')}`
}

/** How much of a long text is shown. */
const MOST_LETTERS = 300

/** Shortens a text of any length by leaving out its middle. */
export function shortened(text: string): string {
  if (text.length <= MOST_LETTERS) return text
  const half = MOST_LETTERS / 2
  return `${text.slice(0, half)}…${text.slice(-half)}`
}
