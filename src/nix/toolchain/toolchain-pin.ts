/**
 * The pin of Rust's distribution: what `toolchain update` writes and the generated Nix reads.
 *
 * In and out: ToolchainPin and its text, `toolchain.lock.json` in the generated directory. It holds the
 * standard library of every target that Rust is distributed for, so that adding a target needs no network,
 * and the programs for the build platforms.
 */
import * as z from 'zod/mini'
import type { Release } from '../../cargo/workspace/toolchain-channel.ts'
import { Cargo2NixError } from '../../errors.ts'

export const PIN_FILE = 'toolchain.lock.json'

/** Where Rust is distributed from. */
export const DIST_SERVER = 'https://static.rust-lang.org'

export interface Archive {
  /** Relative to the server. */
  readonly path: string
  /** Hexadecimal. */
  readonly sha256: string
}

/** Keyed by component, as the manifest names it, then by triple; `*` if all platforms share one. */
export type Archives = Readonly<Record<string, Readonly<Record<string, Archive>>>>

export interface ToolchainPin extends Release {
  /** Without a trailing slash. */
  readonly server: string
  /** Undefined if nobody requested one. */
  readonly profile: string | undefined
  readonly archives: Archives
}

const Sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'))
const RelativePath = z.string().check(z.regex(/^[\w+~-][\w.+~/-]*$/, 'must be a path below the server'))

const Lock = z.strictObject({
  version: z.literal(1),
  channel: z.string(),
  release: z.string().check(z.regex(/^[\w.+-]+$/, 'must be a version')),
  date: z.string(),
  server: z.string().check(z.regex(/^https?:\/\/[^\s"']+$/, 'must be an http(s) address')),
  profile: z.optional(z.string()),
  archives: z.record(
    z.string(),
    z.record(z.string(), z.strictObject({ path: RelativePath, sha256: Sha256 })),
  ),
})

/**
 * Parses the lock's text.
 *
 * @throws Cargo2NixError `not-pinned` if `toolchain update` did not write the text, naming the key.
 */
export function parsePin(text: string, path: string): ToolchainPin {
  const parsed = z.safeParse(Lock, parseJson(text, path))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw unreadable(path, `${issue.path.join('.') || 'the file'}: ${issue.message}`)
  }
  const { channel, release, date, server, profile, archives } = parsed.data
  return { channel, release, date, server, profile, archives }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause))
  }
}

function unreadable(path: string, message: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'not-pinned',
    path,
    message,
    hint: 'write the pin anew with `cargo2nix-ts toolchain update`, or remove the file',
  })
}

/** Its text: JSON with one line per archive, so that changes are easy to read. */
export function printPin(pin: ToolchainPin): string {
  const { channel, release, date, server, profile, archives } = pin
  const head = { version: 1, channel, release, date, server, ...(profile === undefined ? {} : { profile }) }
  const fields = Object.entries(head).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  const components = sorted(archives).map(([component, byTriple]) => {
    const lines = sorted(byTriple).map(
      ([triple, { path, sha256 }]) =>
        `      ${JSON.stringify(triple)}: { "path": ${JSON.stringify(path)}, "sha256": ${JSON.stringify(sha256)} }`,
    )
    return `    ${JSON.stringify(component)}: {\n${lines.join(',\n')}\n    }`
  })
  return `{\n${[...fields, `  "archives": {\n${components.join(',\n')}\n  }`].join(',\n')}\n}\n`
}

function sorted<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** The archive of a component for a platform; undefined if Rust distributes none, or it is not pinned. */
export function archiveOf(archives: Archives, component: string, triple: string): Archive | undefined {
  const byTriple = Object.hasOwn(archives, component) ? archives[component]! : {}
  const key = [triple, '*'].find((name) => Object.hasOwn(byTriple, name))
  return key === undefined ? undefined : byTriple[key]
}

/** The name under which a component is pinned: before it is stable, the manifest adds `-preview`. */
export function pinnedName(archives: Archives, component: string): string | undefined {
  return [component, `${component}-preview`].find((name) => Object.hasOwn(archives, name))
}
