/**
 * The line of `Cargo.nix` by which `check` knows the files again without working them out.
 *
 * In: rendered files and the digest of what they were made of. Out: the same files, with a second line that holds that
 * digest and one of the rendered text. Both must fit: whoever edits or merges the files breaks the second.
 */
import { digestOf } from './inputs-digest.ts'
import { splitHeader, type NixFile } from './nix-file.ts'

/** What the line says. */
export interface Seal {
  readonly inputs: string
  readonly text: string
}

const SEALED = 'Cargo.nix'

const LINE = /^# inputs ([0-9a-f]+), text ([0-9a-f]+)\n/

/** Adds the line; `files` are those that are rendered, templates left out. */
export function sealFiles(files: readonly NixFile[], inputs: string): readonly NixFile[] {
  const line = `# inputs ${inputs}, text ${digestOf(files.map(({ text }) => text))}\n`
  return files.map((file) => (file.path === SEALED ? { ...file, text: insertLine(file.text, line) } : file))
}

/** The line of a text; undefined where it has none. */
export function sealOf(text: string): Seal | undefined {
  const [, inputs, digest] = LINE.exec(splitHeader(text)[1]) ?? []
  return inputs === undefined || digest === undefined ? undefined : { inputs, text: digest }
}

/** Whether the rendered files are as they were sealed. */
export function isSealIntact(files: readonly NixFile[]): boolean {
  const seal = sealOf(files.find(({ path }) => path === SEALED)?.text ?? '')
  return seal !== undefined && digestOf(files.map(({ text }) => unsealed(text))) === seal.text
}

/** A file's text without the line, if it has one. */
export function unsealed(text: string): string {
  const [header, body] = splitHeader(text)
  return `${header}${body.replace(LINE, '')}`
}

function insertLine(text: string, line: string): string {
  const [header, body] = splitHeader(text)
  return `${header}${line}${body}`
}
