/**
 * A release on disk, as `release.all` builds it, checked against its manifest.
 *
 * In: a directory that holds the directory of a version, or is one. Out: LocalRelease.
 */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import {
  badRelease,
  MANIFEST_FILE,
  NOTES_FILE,
  parseReleaseManifest,
  signedFile,
  SUMS_FILE,
  type ReleaseManifest,
} from '../nix/release/release-manifest.ts'
import { readText } from './read-text.ts'

export interface LocalRelease {
  readonly manifest: ReleaseManifest
  /** The directory of the version. */
  readonly directory: string
  /** Signatures of its files, relative to it. */
  readonly signatures: readonly string[]
  /** Files that belong to no release, relative to it. */
  readonly strangers: readonly string[]
}

/**
 * Reads a release; every artefact must be the one that the manifest lists.
 *
 * @throws Cargo2NixError `file-missing`, `bad-release`
 */
export async function readRelease(path: string): Promise<LocalRelease> {
  const directory = versionDirectory(path)
  const file = join(directory, MANIFEST_FILE)
  const manifest = parseReleaseManifest(readText(file), file)
  for (const { path: artefact, size, sha256 } of manifest.artefacts) {
    const where = join(directory, artefact)
    if (!isFile(where)) throw badRelease(where, `${MANIFEST_FILE} lists it, but there is no such file`)
    if (statSync(where).size !== size) throw badRelease(where, `its size is not that in ${MANIFEST_FILE}`)
    if ((await sha256Of(where)) !== sha256)
      throw badRelease(where, `its hash is not that in ${MANIFEST_FILE}`)
  }
  checkSums(directory, manifest)
  const known = new Set([MANIFEST_FILE, SUMS_FILE, ...manifest.artefacts.map((artefact) => artefact.path)])
  const others = filesBelow(directory).filter((each) => !known.has(each) && each !== NOTES_FILE)
  const isSignature = (each: string): boolean => known.has(signedFile(each) ?? '')
  return {
    manifest,
    directory,
    signatures: others.filter(isSignature),
    strangers: others.filter((each) => !isSignature(each)),
  }
}

function versionDirectory(path: string): string {
  if (!existsSync(path)) {
    throw new Cargo2NixError({
      code: 'file-missing',
      path,
      message: 'there is no such directory',
      hint: 'build the release with `nix-build nix/Cargo.nix -A release.all`, or name its directory',
    })
  }
  const top = realpathSync(path)
  if (isFile(join(top, MANIFEST_FILE))) return top
  const found = (statSync(top).isDirectory() ? readdirSync(top) : []).filter((name) =>
    isFile(join(top, name, MANIFEST_FILE)),
  )
  if (found.length === 1) return join(top, found[0]!)
  throw badRelease(
    path,
    found.length === 0
      ? `there is no ${MANIFEST_FILE} in it, nor in a directory in it`
      : `it holds several releases: ${found.join(', ')}; name the directory of one`,
  )
}

function checkSums(directory: string, manifest: ReleaseManifest): void {
  const file = join(directory, SUMS_FILE)
  const sums = new Map(
    [...readText(file).matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, hash, path]) => [path!, hash!]),
  )
  const bad = manifest.artefacts.find(({ path, sha256 }) => sums.get(path) !== sha256)
  if (bad !== undefined)
    throw badRelease(file, `it does not have the hash of ${bad.path} in ${MANIFEST_FILE}`)
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function filesBelow(directory: string, top = ''): readonly string[] {
  return readdirSync(join(directory, top)).flatMap((name) => {
    const path = top === '' ? name : `${top}/${name}`
    return isFile(join(directory, path)) ? [path] : filesBelow(directory, path)
  })
}
