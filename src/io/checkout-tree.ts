/**
 * The files of a commit in a checkout that cargo keeps, submodules and all.
 *
 * In: the folder of the checkout and its commit. Out: the tree that git would check out, without what cargo and build
 * scripts put beside it. Mirrors what `sources/git/utils.rs` of cargo 0.96 writes.
 * Assumes no filters but those of `.gitattributes` that git and libgit2 have in common: line ends and `$Id$`. Large
 * files (LFS) stay pointers, as they do for cargo and for nixpkgs' fetchgit.
 */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import type { NarFolder, NarNode } from '../nix/nar-hash.ts'
import { parseGitIndex, type GitIndexEntry } from './git-index.ts'

export interface CheckoutTree {
  readonly tree: NarFolder
  /** Some submodule is checked out. */
  readonly hasSubmodules: boolean
}

interface GrowingFolder {
  readonly kind: 'folder'
  readonly entries: Map<string, NarNode>
}

/**
 * Reads the index; contents are read only when the tree is walked.
 *
 * @throws Cargo2NixError `damaged-checkout` where the folder does not hold the commit, also while the tree is walked
 */
export function checkoutTree(folder: string, commit: string): CheckoutTree {
  const entries = readIndex(folder, commit)
  const hasAttributes = entries.some(({ path }) => /(^|\/)\.gitattributes$/.test(path))
  const tree: GrowingFolder = { kind: 'folder', entries: new Map() }
  let hasSubmodules = false
  for (const entry of entries) {
    const parts = entry.path.split('/')
    const name = parts.pop()!
    if (entry.kind === 'submodule') {
      const submodule = readSubmodule(folder, entry)
      hasSubmodules ||= submodule !== undefined
      subfolder(tree, parts).set(name, submodule ?? { kind: 'folder', entries: new Map() })
    } else {
      const isLink = entry.kind === 'link'
      const read = (): Uint8Array => readEntry(folder, entry, hasAttributes)
      const executable = entry.kind === 'program'
      subfolder(tree, parts).set(name, isLink ? { kind: 'link', read } : { kind: 'file', executable, read })
    }
  }
  return { tree, hasSubmodules }
}

function subfolder(tree: GrowingFolder, parts: readonly string[]): Map<string, NarNode> {
  let { entries } = tree
  for (const part of parts) {
    let next = entries.get(part) as GrowingFolder | undefined
    if (next === undefined) entries.set(part, (next = { kind: 'folder', entries: new Map() }))
    entries = next.entries
  }
  return entries
}

/** Undefined for a submodule that cargo leaves out (`update = none`, or no address): an empty folder for git, too. */
function readSubmodule(folder: string, { path, id }: GitIndexEntry): NarFolder | undefined {
  const place = join(folder, Buffer.from(path, 'latin1').toString())
  return existsSync(join(place, '.git', 'index')) ? checkoutTree(place, id).tree : undefined
}

function readIndex(folder: string, commit: string): readonly GitIndexEntry[] {
  const git = join(folder, '.git')
  if (headOf(git) !== commit) return damaged(folder, `it does not hold the commit ${commit}`)
  const index = join(git, 'index')
  const entries = existsSync(index) ? parseGitIndex(readFileSync(index)) : undefined
  return entries ?? damaged(folder, 'its `.git/index` cannot be read')
}

/** The commit that a repository has checked out. */
function headOf(git: string): string | undefined {
  const head = textOf(join(git, 'HEAD'))
  const name = /^ref: (.*)/.exec(head ?? '')?.[1]
  if (name === undefined) return head
  const packed = (): string | undefined =>
    textOf(join(git, 'packed-refs'))
      ?.split('\n')
      .find((line) => line.endsWith(` ${name}`))
      ?.slice(0, 40)
  return textOf(join(git, name)) ?? packed()
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
}

function readEntry(folder: string, entry: GitIndexEntry, hasAttributes: boolean): Uint8Array {
  const { path, kind, id } = entry
  const place = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])
  const changed = (cause?: unknown): never =>
    damaged(folder, `\`${Buffer.from(path, 'latin1').toString()}\` is not what the commit holds`, cause)
  let content: Buffer
  try {
    content = kind === 'link' ? readlinkSync(place, { encoding: 'buffer' }) : readFileSync(place)
  } catch (cause) {
    return changed(cause)
  }
  if (blobId(content) === id) return content
  return hasAttributes && (isUntouched(place, entry) || isFiltered(content, id)) ? content : changed()
}

/** As it was checked out: what the attributes made of it cannot always be undone, as with mixed line ends. */
function isUntouched(place: Buffer, { size, modified }: GitIndexEntry): boolean {
  const now = lstatSync(place)
  return now.size === size && Math.floor(now.mtimeMs / 1000) === modified
}

function blobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}

/** Whether the content is what `.gitattributes` make of the blob on its way out (`eol=crlf`, `ident`). */
function isFiltered(content: Buffer, id: string): boolean {
  const text = content.toString('latin1')
  const lines = text.replaceAll('\r\n', '\n')
  const ident = (from: string): string => from.replaceAll(/\$Id: [0-9a-f]{40} \$/g, '$Id$')
  return [lines, ident(text), ident(lines)].some((raw) => blobId(Buffer.from(raw, 'latin1')) === id)
}

function damaged(folder: string, what: string, cause?: unknown): never {
  throw new Cargo2NixError({
    code: 'damaged-checkout',
    message: `cargo's checkout was changed: ${what}`,
    path: folder,
    hint: 'remove the folder, and let `cargo fetch --locked` bring it again',
    cause,
  })
}
