/** Words of shell commands that we print or write. */

/** The text as one word of a POSIX shell, quoted if need be. */
export function shellWord(text: string): string {
  return /^[\w./+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
