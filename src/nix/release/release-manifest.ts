/**
 * `release.json`: what a release consists of. `templates/release` writes it, and every store of releases holds one per
 * version.
 *
 * In: its text. Out: ReleaseManifest. The text may come from a store that others write to, so paths are checked.
 */
import * as z from 'zod/mini'
import { Cargo2NixError } from '../../errors.ts'

/** The file's name in the directory of a version. */
export const MANIFEST_FILE = 'release.json'
export const SUMS_FILE = 'SHA256SUMS'
/** The release notes, as published. */
export const NOTES_FILE = 'NOTES.md'

export interface Artefact {
  /** The Rust triple; null for the images of all targets in one file. */
  readonly triple: string | null
  /** Go's words, as in container images. */
  readonly os: string | null
  readonly architecture: string | null
  readonly variant: string | null
  readonly kind: 'program' | 'archive' | 'image'
  readonly format: string
  /** Relative to the directory of the version. */
  readonly path: string
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
  /** `sha256:…` of an image's manifest or index. */
  readonly digest: string | null
}

export interface ReleaseManifest {
  readonly name: string
  readonly version: string
  readonly class: string
  readonly ref: string | null
  readonly commit: string | null
  readonly artefacts: readonly Artefact[]
}

const FileName = z.string().check(z.regex(/^[A-Za-z0-9][\w.+-]*$/, 'must be a file name'))
/** Names of programs have letters of any language. */
const PATH = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_.+@-]*(?:\/[\p{L}\p{N}][\p{L}\p{M}\p{N}_.+@-]*)*$/u
const RelativePath = z.string().check(z.regex(PATH, 'must be a path below the version'))
const Word = z.nullable(z.string().check(z.regex(/^[\w.-]+$/, 'must be a word')))

const Schema = z.looseObject({
  format: z.literal(1),
  name: FileName,
  version: FileName,
  class: FileName,
  ref: z.nullable(z.string()),
  commit: z.nullable(z.string()),
  artefacts: z.array(
    z.looseObject({
      triple: Word,
      os: Word,
      architecture: Word,
      variant: Word,
      kind: z.enum(['program', 'archive', 'image']),
      format: z.string(),
      path: RelativePath,
      size: z.int().check(z.nonnegative()),
      sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')),
      digest: z.nullable(z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256:…'))),
    }),
  ),
})

/**
 * Parses a manifest.
 *
 * @param path of the file, for the error
 * @throws Cargo2NixError `bad-release`, naming the key
 */
export function parseReleaseManifest(text: string, path: string): ReleaseManifest {
  const parsed = z.safeParse(Schema, parseJson(text, path))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw badRelease(path, `${issue.path.join('.') || 'the file'}: ${issue.message}`)
  }
  const paths = parsed.data.artefacts.map((artefact) => artefact.path)
  const twice = paths.find((each, index) => paths.indexOf(each) !== index)
  if (twice !== undefined) throw badRelease(path, `artefacts: ${twice} is listed twice`)
  return parsed.data
}

/** A release that cannot be published or read. */
export function badRelease(path: string, message: string): Cargo2NixError {
  const hint = 'build it again with `nix-build -A release.all`'
  return new Cargo2NixError({ code: 'bad-release', path, message, hint })
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw badRelease(path, `not JSON: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

const SIGNATURE = /\.(?:minisig|asc|sig|sigstore|sigstore\.json|bundle|pem|crt)$/

/** The file that a signature signs; undefined if it has no name of a signature (minisign, GnuPG, cosign). */
export function signedFile(path: string): string | undefined {
  return SIGNATURE.test(path) ? path.replace(SIGNATURE, '') : undefined
}
