/**
 * The line of `Cargo.nix` that lets `check` recognize the files without generating them.
 *
 * In: rendered files, the digest of their inputs, and that of the program's rules. Out: the same files, with
 * a comment that holds both digests and one of the rendered text. It is on the line of the lockfile's hash,
 * which changes with it, so that updating one package changes a single line for all of them. All digests must
 * match: anyone who edits or merges the files breaks the last.
 */
import { digestOf } from './inputs-digest.ts'
import { isGenerated, splitHeader, type NixFile } from './nix-file.ts'

/** What the line says. */
export interface Seal {
  readonly inputs: string
  /** From the program that wrote it; empty if that program was not bundled. */
  readonly rules: string
  readonly text: string
}

/**
 * Instead of the rules' digest if a registry's index was not on disk: `check` then compares the text, because a
 * machine that has the index may generate another.
 */
export const UNINDEXED = '0'

const SEALED = 'Cargo.nix'

/** Earlier versions counted the rules among the inputs. */
const LINE = /^# inputs ([0-9a-f]+),(?: rules ([0-9a-f]*),)? text ([0-9a-f]+)\n/

const COMMENT =
  /(?<=^ {2}lockHash = "[0-9a-f]*";) # inputs ([0-9a-f]+), rules ([0-9a-f]*), text ([0-9a-f]+)$/m

/** Adds the line; `files` are the rendered ones, without templates. */
export function sealFiles(files: readonly NixFile[], inputs: string, rules: string): readonly NixFile[] {
  const comment = ` # inputs ${inputs}, rules ${rules}, text ${textDigest(files)}`
  return files.map((file) =>
    file.path === SEALED
      ? { ...file, text: file.text.replace(/(?<=^ {2}lockHash = "[0-9a-f]*";)/m, comment) }
      : file,
  )
}

/** The line of a text; undefined if it has none. */
export function sealOf(text: string): Seal | undefined {
  const [, inputs, rules, digest] = COMMENT.exec(text) ?? LINE.exec(splitHeader(text)[1]) ?? []
  return inputs === undefined || digest === undefined
    ? undefined
    : { inputs, rules: rules ?? '', text: digest }
}

/** One digest for what the line says of inputs and text. */
export function sealDigest(text: string): string {
  const seal = sealOf(text)
  return digestOf([seal?.inputs ?? '', seal?.text ?? ''])
}

/** Whether the rendered files are unchanged since they were sealed. */
export function isSealIntact(files: readonly NixFile[]): boolean {
  const seal = sealOf(files.find(({ path }) => path === SEALED)?.text ?? '')
  return seal?.text === textDigest(files) && files.every(({ text }) => isGenerated(text))
}

/** What Nix reads of a file: its text without the lines that say which version wrote it, and from what. */
export function bodyOf(text: string): string {
  return splitHeader(text)[1].replace(LINE, '').replace(COMMENT, '')
}

/**
 * What derivations depend on: everything that Nix reads except the hashes that show whether the file is
 * stale.
 */
export function factsOf(text: string): string {
  return bodyOf(text)
    .replace(/^ {2}lockHash = "[0-9a-f]*";\n/m, '')
    .replace(/^ {2}manifests = \{\n[^]*?\n {2}\};\n/m, '')
}

function textDigest(files: readonly NixFile[]): string {
  return digestOf(files.map(({ text }) => bodyOf(text)))
}
