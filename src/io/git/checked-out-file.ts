/**
 * A file of cargo's checkout as git would have written it, checked against its blob.
 *
 * In: the directory of a checkout, and an entry of its index. Out: bytes. Cargo's libgit2 and git, by which
 * Nix fetches, have most of `.gitattributes` in common: line ends and `$Id$`. Two things they do differently,
 * and Nix will have git's way: of several `$Id$` libgit2 writes the first, and it knows no
 * `working-tree-encoding`. Large files (LFS) stay pointers, as they do for cargo and for nixpkgs' fetchgit.
 */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GitIndexEntry } from './git-index.ts'
import { withoutHook } from './revision.ts'
import { runProgram } from '../run-program.ts'

/**
 * Undefined where the file is not what its blob says, or absent.
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

/** What git writes for `$Id$` and `$Id:x$`; other systems' have blanks inside, and are left. */
function withAllIds(content: Buffer, id: string): Buffer {
  const written = `$Id: ${id} $`
  // No blob can hold its own hash: where it stands, `ident` is on.
  if (!content.includes(written)) return content
  const text = content.toString('latin1').replaceAll(/\$Id(?:|:[^$\n]?[^ $\n]* ?)\$/g, () => written)
  return Buffer.from(text, 'latin1')
}

/**
 * Files that git writes in another encoding than UTF-8, by the paths of the index.
 *
 * @param attributes the entries of `.gitattributes` files
 * @throws Cargo2NixError `program-missing` where there are attributes of that kind, and no git
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
      ...withoutHook(process.env),
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
