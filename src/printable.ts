/** Text of input in messages: nothing in it may act on a terminal, or look like a line of ours. */

/** Control characters of both sets, line and paragraph separators, and what turns the direction of text around. */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** The text on one line, with what cannot be printed as `\n`, `\u001b` and so on. */
export function oneLine(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped)
}

/** The same of a text of several lines. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (mark) => (mark === '\n' ? mark : escaped(mark)))
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function escaped(mark: string): string {
  return SHORT.get(mark) ?? `\\u${mark.codePointAt(0)!.toString(16).padStart(4, '0')}`
}

/** What of a long text is shown. */
const MOST_LETTERS = 300

/** A text that may be of any length, with its middle left out. */
export function shortened(text: string): string {
  if (text.length <= MOST_LETTERS) return text
  const half = MOST_LETTERS / 2
  return `${text.slice(0, half)}…${text.slice(-half)}`
}
