/**
 * A package in its archive (`NAME-VERSION.crate`), read without unpacking it.
 *
 * In: the path of a gzipped tar. Out: the manifest's text and a view of the listing.
 * Follows the ustar format with the extensions that archives of crates use: long names of GNU tar and of pax.
 */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { FolderEntry, PackageFiles } from '../../cargo/manifest/package-files.ts'
import { Cargo2NixError } from '../../errors.ts'
import { readFileIfAny } from '../read-file.ts'
import type { FoundPackage } from './found-package.ts'
import { decodeUtf8 } from '../manifests/toml.ts'

interface TarEntry {
  readonly path: string
  readonly isDirectory: boolean
  readonly content: Buffer
}

const BLOCK = 512

/** Types of files (two spellings) and directories: cargo 1.96 and later refuse all others, such as links. */
const UNPACKED: ReadonlySet<string> = new Set(['0', '\0', '5'])

/**
 * Reads an archive; undefined if there is none.
 *
 * @param folder where cargo would unpack it: the package's directory
 * @throws Cargo2NixError `bad-manifest` for an archive that is damaged or has no manifest
 */
export function readCrateArchive(path: string, folder: string): FoundPackage | undefined {
  if (!existsSync(path)) return undefined
  const name = basename(path, '.crate')
  const entries = readEntries(path)
  const inPackage = entries.flatMap((entry) =>
    entry.path.startsWith(`${name}/`) ? [{ ...entry, path: entry.path.slice(name.length + 1) }] : [],
  )
  const manifest = inPackage.find((entry) => entry.path === 'Cargo.toml')
  if (manifest === undefined) return damaged(path, `it has no ${name}/Cargo.toml`)
  const manifestPath = join(folder, 'Cargo.toml')
  return {
    manifestPath,
    folder,
    manifestText: decodeUtf8(manifest.content, manifestPath, 'bad-manifest'),
    files: listingFiles(inPackage),
  }
}

/** Limit on a package's unpacked size; crates.io accepts archives up to 10 MB. */
const MOST_BYTES = 2 ** 30

function readEntries(path: string): readonly TarEntry[] {
  try {
    return parseTar(gunzipSync(readFileIfAny(path, 'bad-manifest') ?? '', { maxOutputLength: MOST_BYTES }))
  } catch (error) {
    return damaged(path, error instanceof Error ? error.message : String(error), error)
  }
}

function damaged(path: string, reason: string, cause?: unknown): never {
  throw new Cargo2NixError({
    code: 'bad-manifest',
    message: `the archive is damaged: ${reason}`,
    path,
    hint: 'remove it, and let `cargo fetch --locked` download it again',
    cause,
  })
}

function parseTar(data: Buffer): readonly TarEntry[] {
  const entries: TarEntry[] = []
  let longName: string | undefined
  for (let offset = 0; offset + BLOCK <= data.length && data[offset] !== 0;) {
    const header = data.subarray(offset, offset + BLOCK)
    const size = Number.parseInt(textOf(header, 124, 12), 8)
    if (!Number.isSafeInteger(size) || offset + BLOCK + size > data.length) throw new Error('it is cut off')
    const content = data.subarray(offset + BLOCK, offset + BLOCK + size)
    const type = String.fromCharCode(header[156] ?? 0)
    offset += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    if (type === 'L') longName = textOf(content, 0, content.length)
    else if (type === 'x') longName = paxPath(content) ?? longName
    else if (type !== 'g' && type !== 'K') {
      if (!UNPACKED.has(type))
        throw new Error(`an entry is neither a file nor a directory: ${longName ?? headerPath(header)}`)
      entries.push({ path: longName ?? headerPath(header), isDirectory: type === '5', content })
      longName = undefined
    }
  }
  return entries
}

function headerPath(header: Buffer): string {
  const prefix = textOf(header, 257, 5) === 'ustar' && header[262] === 0 ? textOf(header, 345, 155) : ''
  const name = textOf(header, 0, 100)
  return prefix === '' ? name : `${prefix}/${name}`
}

/** Text up to the first zero byte. */
function textOf(data: Buffer, start: number, length: number): string {
  const field = data.subarray(start, start + length)
  const end = field.indexOf(0)
  return (end === -1 ? field : field.subarray(0, end)).toString('utf8').trim()
}

/** The record `path` of a pax header: `LENGTH path=VALUE`. */
function paxPath(content: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)/.exec(content.toString('utf8'))?.[1]
}

function listingFiles(entries: readonly TarEntry[]): PackageFiles {
  const files = new Set(entries.filter(({ isDirectory }) => !isDirectory).map(({ path }) => path))
  const folders = new Set([...entries].flatMap(({ path, isDirectory }) => foldersOf(path, isDirectory)))
  return {
    exists: (path) => files.has(path) || folders.has(path),
    isFile: (path) => files.has(path),
    list: (path) => [...childrenOf(path, files, false), ...childrenOf(path, folders, true)],
  }
}

function foldersOf(path: string, isDirectory: boolean): readonly string[] {
  const parts = path.replace(/\/$/, '').split('/')
  const depth = isDirectory ? parts.length : parts.length - 1
  return parts.slice(0, depth).map((_, index) => parts.slice(0, index + 1).join('/'))
}

function childrenOf(
  folder: string,
  paths: ReadonlySet<string>,
  isDirectory: boolean,
): readonly FolderEntry[] {
  const prefix = `${folder}/`
  const children = [...paths].filter((path) => path.startsWith(prefix) && !path.includes('/', prefix.length))
  return children.map((path) => ({ name: path.slice(prefix.length), isDirectory }))
}
