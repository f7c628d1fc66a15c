/**
 * The line of `Cargo.nix` by which `check` knows the files again without working them out.
 *
 * In: rendered files, the digest of what they were made of, and that of the program's rules. Out: the same files, with a
 * comment that holds both digests and one of the rendered text. It is on the line of the lockfile's hash, which changes with
 * it, so that an update of one package changes one line for all of them. All must fit: whoever edits or merges the files
 * breaks the last.
 */
import { digestOf } from './inputs-digest.ts'
import { isGenerated, splitHeader, type NixFile } from './nix-file.ts'

/** What the line says. */
export interface Seal {
  readonly inputs: string
  /** Of the program that wrote it; empty where that one was not bundled. */
  readonly rules: string
  readonly text: string
}

const SEALED = 'Cargo.nix'

/** Earlier programs counted the rules among the inputs. */
const LINE = /^# inputs ([0-9a-f]+),(?: rules ([0-9a-f]*),)? text ([0-9a-f]+)\n/

const COMMENT =
  /(?<=^ {2}lockHash = "[0-9a-f]*";) # inputs ([0-9a-f]+), rules ([0-9a-f]*), text ([0-9a-f]+)$/m

/** Adds the line; `files` are those that are rendered, templates left out. */
export function sealFiles(files: readonly NixFile[], inputs: string, rules: string): readonly NixFile[] {
  const comment = ` # inputs ${inputs}, rules ${rules}, text ${textDigest(files)}`
  return files.map((file) =>
    file.path === SEALED
      ? { ...file, text: file.text.replace(/(?<=^ {2}lockHash = "[0-9a-f]*";)/m, comment) }
      : file,
  )
}

/** The line of a text; undefined where it has none. */
export function sealOf(text: string): Seal | undefined {
  const [, inputs, rules, digest] = COMMENT.exec(text) ?? LINE.exec(splitHeader(text)[1]) ?? []
  return inputs === undefined || digest === undefined
    ? undefined
    : { inputs, rules: rules ?? '', text: digest }
}

/** Whether the rendered files are as they were sealed. */
export function isSealIntact(files: readonly NixFile[]): boolean {
  const seal = sealOf(files.find(({ path }) => path === SEALED)?.text ?? '')
  return seal?.text === textDigest(files) && files.every(({ text }) => isGenerated(text))
}

/** What Nix reads of a file: its text without the lines that say who made it, and of what. */
export function bodyOf(text: string): string {
  return splitHeader(text)[1].replace(LINE, '').replace(COMMENT, '')
}

/** What derivations come from: all that Nix reads but the hashes that show whether the file is stale. */
export function factsOf(text: string): string {
  return bodyOf(text)
    .replace(/^ {2}lockHash = "[0-9a-f]*";\n/m, '')
    .replace(/^ {2}manifests = \{\n[^]*?\n {2}\};\n/m, '')
}

function textDigest(files: readonly NixFile[]): string {
  return digestOf(files.map(({ text }) => bodyOf(text)))
}
