/**
 * The files of a commit in a checkout that cargo keeps, including submodules.
 *
 * In: the directory of the checkout and its commit. Out: the tree that git would check out, without the files
 * that cargo and build scripts add. Mirrors what `sources/git/utils.rs` of cargo 0.96 writes. Runs git only
 * if the index is in a format that cargo does not write.
 */
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Cargo2NixError } from '../../errors.ts'
import type { NarFolder, NarNode } from './nar-hash.ts'
import { checkedOut, encodedFiles } from './checked-out-file.ts'
import { ENTRY_KINDS, parseGitIndex, type GitIndexEntry } from './git-index.ts'
import { gitEnvironment } from '../ask-git.ts'
import { runProgram } from '../run-program.ts'

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
 * Reads the index; reads file contents only when the tree is walked.
 *
 * @throws Cargo2NixError `damaged-checkout` if the directory does not hold the commit, also while the tree is
 *   walked; `program-missing` if only git could read it
 */
export async function checkoutTree(folder: string, commit: string): Promise<CheckoutTree> {
  const entries = await readIndex(folder, commit)
  const attributes = entries.filter(({ path }) => /(^|\/)\.gitattributes$/.test(path))
  const encoded = await encodedFiles(folder, gitFolder(folder), attributes)
  const tree: GrowingFolder = { kind: 'folder', entries: new Map() }
  let hasSubmodules = false
  for (const entry of entries) {
    const parts = entry.path.split('/')
    const name = parts.pop()!
    if (entry.kind === 'submodule') {
      const submodule = await readSubmodule(folder, entry)
      hasSubmodules ||= submodule !== undefined
      subfolder(tree, parts).set(name, submodule ?? { kind: 'folder', entries: new Map() })
    } else {
      const isLink = entry.kind === 'link'
      const read = (): Uint8Array => {
        const content = checkedOut(folder, entry, attributes.length > 0)
        return content === undefined
          ? damaged(folder, `\`${nameOf(entry)}\` is not what the commit holds`)
          : (encoded.get(entry.path) ?? content)
      }
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

/**
 * Undefined for a submodule that cargo leaves out (`update = none`, or no URL): git has an empty directory
 * there, too.
 */
async function readSubmodule(folder: string, entry: GitIndexEntry): Promise<NarFolder | undefined> {
  const place = join(folder, nameOf(entry))
  return existsSync(join(gitFolder(place), 'index')) ? (await checkoutTree(place, entry.id)).tree : undefined
}

/** Git itself keeps a submodule's repository inside the outer one, and leaves a file that says so. */
function gitFolder(folder: string): string {
  const git = join(folder, '.git')
  if (lstatSync(git, { throwIfNoEntry: false })?.isFile() !== true) return git
  const path = /^gitdir: (.*)/.exec(textOf(git) ?? '')?.[1]
  return path === undefined ? git : resolve(folder, path)
}

async function readIndex(folder: string, commit: string): Promise<readonly GitIndexEntry[]> {
  const git = gitFolder(folder)
  if (headOf(git) !== commit) return damaged(folder, `it does not hold the commit ${commit}`)
  const index = join(git, 'index')
  const entries = existsSync(index) ? parseGitIndex(readFileSync(index)) : undefined
  return entries ?? (await entriesOf(git, commit)) ?? damaged(folder, 'its `.git/index` cannot be read')
}

/** The files of a commit; git does not know when they were checked out. */
async function entriesOf(git: string, commit: string): Promise<readonly GitIndexEntry[] | undefined> {
  const args = [`--git-dir=${git}`, 'ls-tree', '-r', '-z', commit]
  const hintIfMissing = 'install git; or remove the folder, and let `cargo fetch --locked` bring it again'
  const { failed, stdout } = await runProgram('git', args, { env: gitEnvironment(), hintIfMissing })
  const lines = stdout.split('\0').filter((line) => line !== '')
  const entries = lines.flatMap((line): readonly GitIndexEntry[] => {
    const [, mode = '', id = '', name = ''] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? []
    const kind = ENTRY_KINDS[Number.parseInt(mode, 8)]
    const path = Buffer.from(name).toString('latin1')
    return kind === undefined ? [] : [{ path, kind, id, size: -1, modified: -1 }]
  })
  return failed || entries.length !== lines.length ? undefined : entries
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

function nameOf({ path }: GitIndexEntry): string {
  return Buffer.from(path, 'latin1').toString()
}

function damaged(folder: string, what: string): never {
  throw new Cargo2NixError({
    code: 'damaged-checkout',
    message: `cargo's checkout was changed: ${what}`,
    path: folder,
    hint: 'remove the folder, and let `cargo fetch --locked` bring it again',
  })
}
