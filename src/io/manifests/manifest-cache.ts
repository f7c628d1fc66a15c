/**
 * Cached manifests of registry packages, and which generated files a state of the registries' indexes gave: one
 * file each in the user's cache directory.
 *
 * In: a package's checksum in the lockfile, and the stamp of the file its manifest is read from. Out: the
 * parsed manifest. For generated files: their digest, and the stamp of the indexes.
 * Layout: `FOLDER/RULES/CHECKSUM`, where RULES is the digest of everything the program does with a workspace,
 * so it never reads another version's entry. A file is the digest of its name and of the rest, a line break,
 * and JSON. A file that is not exactly that, or not a regular file, counts as absent. Whoever can write here
 * decides what is generated: a directory that another user owns or may write to is not used. Nothing here is
 * an error: without a cache, manifests are parsed.
 */
import { createHash, randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import type { Environment } from '../../cargo/config/config-reader.ts'
import type { StoredManifest } from '../../cargo/manifest/stored-manifest.ts'
import { once } from '../../once.ts'

export interface ManifestCache {
  readonly find: (checksum: string, stamp: string) => StoredManifest | undefined
  readonly keep: (checksum: string, stamp: string, manifest: StoredManifest) => void
  /** Whether the files with this digest are what `generate` makes of indexes with this stamp. */
  readonly isMadeOf: (digest: string, indexes: string) => boolean
  readonly keepMadeOf: (digest: string, indexes: string) => void
}

interface Entry {
  readonly stamp: string
  /** Absent for generated files. */
  readonly manifest?: StoredManifest
}

/** Also for entries in use: reading a manifest again costs less than recording each use. */
const DAYS_KEPT = 90

const DIGEST_LENGTH = 64

const NO_CACHE: ManifestCache = {
  find: () => undefined,
  keep: () => {},
  isMadeOf: () => false,
  keepMadeOf: () => {},
}

/**
 * Our directory in the user's cache directory, per the XDG base directory specification: a relative path is
 * ignored.
 *
 * @returns undefined if there is no home
 */
export function manifestCacheFolder(env: Environment): string | undefined {
  const { XDG_CACHE_HOME: caches = '', HOME: home = '' } = env
  const folder = isAbsolute(caches) ? caches : join(home, '.cache')
  return isAbsolute(folder) ? join(folder, 'cargo2nix-ts', 'manifests') : undefined
}

/** @param rules of the program; empty, as in an unbundled one: nothing is cached */
export function manifestCache(folder: string | undefined, rules: string): ManifestCache {
  if (folder === undefined || rules === '') return NO_CACHE
  const ours = join(folder, rules)
  const isSafe = once(() => [dirname(folder), folder, ours].every(isOwn))
  let state: 'unused' | 'written' | 'unwritable' = 'unused'
  const find = (name: string, stamp: string): Entry | undefined => {
    const entry = isSafe() ? readEntry(ours, name) : undefined
    return entry?.stamp === stamp ? entry : undefined
  }
  const keep = (name: string, entry: Entry): void => {
    if (state === 'unwritable' || !isSafe()) return
    try {
      if (state === 'unused') prepare(folder, ours)
      writeEntry(ours, name, entry)
      state = 'written'
    } catch {
      state = 'unwritable'
    }
  }
  return {
    find: (checksum, stamp) => find(checksum, stamp)?.manifest,
    keep: (checksum, stamp, manifest) => keep(checksum, { stamp, manifest }),
    isMadeOf: (digest, indexes) => find(`made-${digest}`, indexes) !== undefined,
    keepMadeOf: (digest, indexes) => {
      if (find(`made-${digest}`, indexes) === undefined) keep(`made-${digest}`, { stamp: indexes })
    },
  }
}

/** Whether only this user can write to a directory, or it does not exist yet; a link does not qualify. */
function isOwn(folder: string): boolean {
  try {
    const status = lstatSync(folder, { throwIfNoEntry: false })
    if (status === undefined) return true
    return status.isDirectory() && status.uid === process.getuid?.() && (status.mode & OTHERS_MAY_WRITE) === 0
  } catch {
    return false
  }
}

const OTHERS_MAY_WRITE = 0o022

/** A pipe would never end, and a link may lead anywhere. */
function readEntry(folder: string, checksum: string): Entry | undefined {
  try {
    const text = readRegular(`${folder}/${checksum}`)
    const json = text.slice(DIGEST_LENGTH + 1)
    return text === sealed(checksum, json) ? (JSON.parse(json) as Entry) : undefined
  } catch {
    return undefined
  }
}

function readRegular(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    return fstatSync(file).isFile() ? readFileSync(file, 'utf8') : ''
  } finally {
    closeSync(file)
  }
}

/**
 * A reader finds the old file or the whole new one; of two writers the last one wins, and both wrote the
 * same.
 */
function writeEntry(folder: string, checksum: string, entry: Entry): void {
  const path = join(folder, checksum)
  const part = `${path}.${randomUUID()}`
  try {
    writeFileSync(part, sealed(checksum, JSON.stringify(entry)))
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

function sealed(checksum: string, json: string): string {
  return `${createHash('sha256').update(`${checksum}\n${json}`).digest('hex')}\n${json}`
}

/** Creates our directory, and removes old entries in it and in those of other versions. */
function prepare(folder: string, ours: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const oldest = Date.now() - DAYS_KEPT * 24 * 60 * 60 * 1000
  for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
    removeOld(join(folder, name), oldest)
  mkdirSync(ours, { recursive: true, mode: 0o700 })
}

/** For our own directory; links below are neither followed nor removed. */
function removeOld(folder: string, oldest: number): void {
  try {
    const names = readdirSync(folder)
    const old = names.filter((name) => {
      const status = lstatSync(join(folder, name))
      return status.isFile() && status.mtimeMs < oldest
    })
    for (const name of old) rmSync(join(folder, name))
    if (old.length === names.length) rmdirSync(folder)
  } catch {
    // Another run does the same, or the directory is not ours: the next run will see.
  }
}
