/**
 * A file of cargo's checkout as git would have written it, checked against its blob.
 *
 * In: the directory of a checkout, and an entry of its index. Out: bytes. Cargo uses libgit2; Nix fetches
 * with git. Both agree on most of `.gitattributes`: line endings and `$Id$`. They differ in two ways, and Nix
 * gets git's result: of several `$Id$`, libgit2 expands only the first, and it does not know
 * `working-tree-encoding`. Large files (LFS) stay pointers, as in cargo and nixpkgs' fetchgit.
 */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GitIndexEntry } from './git-index.ts'
import { gitEnvironment } from '../ask-git.ts'
import { runProgram } from '../run-program.ts'

/**
 * Undefined if the file is absent or does not match its blob.
 *
 * @param hasAttributes whether there is any `.gitattributes`
 */
export function checkedOut(
  folder: string,
  entry: GitIndexEntry,
  hasAttributes: boolean,
): Uint8Array | undefined {
  const { kind, id } = entry
  const place = pathOf(folder, entry)
  let content: Buffer
  try {
    content = kind === 'link' ? readlinkSync(place, { encoding: 'buffer' }) : readFileSync(place)
  } catch {
    return undefined
  }
  if (blobId(content) === id) return content
  const isAsWritten = hasAttributes && (isUntouched(place, entry) || isFiltered(content, id))
  return isAsWritten ? withAllIds(content, id) : undefined
}

/** Names need not be UTF-8. */
function pathOf(folder: string, { path }: GitIndexEntry): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])
}

/** As checked out: what the attributes did to it cannot always be undone, as with mixed line endings. */
function isUntouched(place: Buffer, { size, modified }: GitIndexEntry): boolean {
  const now = lstatSync(place)
  return now.size === size && Math.floor(now.mtimeMs / 1000) === modified
}

function blobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}

/** Whether the content is what `.gitattributes` turn the blob into on checkout (`eol=crlf`, `ident`). */
function isFiltered(content: Buffer, id: string): boolean {
  const text = content.toString('latin1')
  const lines = text.replaceAll('\r\n', '\n')
  const ident = (from: string): string => from.replaceAll(/\$Id: [0-9a-f]{40} \$/g, '$Id$')
  return [lines, ident(text), ident(lines)].some((raw) => blobId(Buffer.from(raw, 'latin1')) === id)
}

/**
 * Writes git's expansion of `$Id$` and `$Id:x$`. Other systems' keywords contain spaces and are left alone.
 */
function withAllIds(content: Buffer, id: string): Buffer {
  const written = `$Id: ${id} $`
  // A blob cannot contain its own hash: if the hash is in the file, `ident` is on.
  if (!content.includes(written)) return content
  const text = content.toString('latin1').replaceAll(/\$Id(?:|:[^$\n]?[^ $\n]* ?)\$/g, () => written)
  return Buffer.from(text, 'latin1')
}

/**
 * Files that git writes in an encoding other than UTF-8, by their paths in the index.
 *
 * @param attributes the entries of `.gitattributes` files
 * @throws Cargo2NixError `program-missing` if there are such attributes but no git
 */
export async function encodedFiles(
  folder: string,
  gitFolder: string,
  attributes: readonly GitIndexEntry[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const mentions = (entry: GitIndexEntry): boolean =>
    entry.kind === 'file' && mentionsEncoding(pathOf(folder, entry))
  if (!attributes.some(mentions)) return new Map()
  const git = async (...args: readonly string[]): Promise<string> => {
    const hintIfMissing = 'install git: the repository has files in an encoding that cargo does not know'
    const env = {
      ...gitEnvironment(),
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
    }
    const all = [`--git-dir=${gitFolder}`, `--work-tree=${folder}`, ...args]
    return (await runProgram('git', all, { env, hintIfMissing })).stdout
  }
  const listed = await git('ls-files', '-z', ':(exclude,attr:!working-tree-encoding)')
  const names = listed.split('\0').filter((name) => name !== '')
  if (names.length === 0) return new Map()
  const written = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-encoded-'))
  try {
    await git('checkout-index', '--quiet', `--prefix=${written}/`, '--', ...names)
    const there = names.filter((name) => existsSync(join(written, name)))
    return new Map(
      there.map((name) => [Buffer.from(name).toString('latin1'), readFileSync(join(written, name))]),
    )
  } finally {
    rmSync(written, { recursive: true, force: true })
  }
}

function mentionsEncoding(place: Buffer): boolean {
  try {
    return readFileSync(place).includes('working-tree-encoding')
  } catch {
    return false
  }
}
