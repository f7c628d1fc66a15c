/**
 * The releases in a store, put together from its files.
 *
 * In: a listing, manifests and notes by version. Out: releases by class, newest first, each with the files that are
 * still there.
 */
import { signedFile, type Artefact, type ReleaseManifest } from './release-manifest.ts'

/** A file in a store. */
export interface StoredFile {
  /** Relative to the store. */
  readonly path: string
  readonly size: number
  /** When it was uploaded, as ISO 8601 has it. */
  readonly modified: string
}

export interface PublishedFile extends Artefact {
  /** Paths of signatures, relative to the directory of the version. */
  readonly signatures: readonly string[]
}

export interface PublishedRelease {
  readonly manifest: ReleaseManifest
  /** When its manifest was uploaded. */
  readonly date: string
  /** Markdown. */
  readonly notes: string | undefined
  /** Its artefacts, without those that were deleted from the store. */
  readonly files: readonly PublishedFile[]
  /** Its other files, such as `SHA256SUMS`, relative to the directory of the version. */
  readonly others: readonly string[]
}

export interface ReleaseClassList {
  readonly name: string
  readonly releases: readonly PublishedRelease[]
}

/** A release without what the listing says. */
export interface FoundRelease {
  readonly manifest: ReleaseManifest
  readonly notes: string | undefined
}

/** Joins a release with the listing of the whole store. */
export function publishedRelease(
  { manifest, notes }: FoundRelease,
  listing: readonly StoredFile[],
): PublishedRelease {
  const top = `${manifest.version}/`
  const own = listing.filter(({ path }) => path.startsWith(top))
  const sizes = new Map(own.map(({ path, size }) => [path.slice(top.length), size]))
  const there = [...sizes.keys()]
  const artefacts = new Set(manifest.artefacts.map(({ path }) => path))
  return {
    manifest,
    notes,
    date: own.find(({ path }) => path === `${top}release.json`)?.modified ?? '',
    files: manifest.artefacts
      .filter(({ path, size }) => sizes.get(path) === size)
      .map((artefact) => ({
        ...artefact,
        signatures: there.filter((path) => signedFile(path) === artefact.path).toSorted(),
      })),
    others: there.filter((path) => !artefacts.has(path) && !artefacts.has(signedFile(path) ?? '')).toSorted(),
  }
}

/** Classes that everybody has by default, in their order. */
const FIRST = ['stable', 'extra', 'development']

/** By class; classes with other names follow the default ones. */
export function byClass(releases: readonly PublishedRelease[]): readonly ReleaseClassList[] {
  const names = [...new Set(releases.map(({ manifest }) => manifest.class))].toSorted()
  const ordered = [
    ...FIRST.filter((name) => names.includes(name)),
    ...names.filter((name) => !FIRST.includes(name)),
  ]
  return ordered.map((name) => {
    const list = releases.filter(({ manifest }) => manifest.class === name)
    const areVersions = list.every(({ manifest }) => versionNumbers(manifest.version) !== undefined)
    return { name, releases: list.toSorted(areVersions ? byVersion : byDate) }
  })
}

interface VersionNumbers {
  readonly numbers: readonly number[]
  readonly preRelease: string
}

function versionNumbers(version: string): VersionNumbers | undefined {
  const [, numbers, preRelease = ''] = /^v?(\d+(?:\.\d+)+)(-[\w.-]+)?(?:\+[\w.-]+)?$/.exec(version) ?? []
  return numbers === undefined ? undefined : { numbers: numbers.split('.').map(Number), preRelease }
}

/** The highest first, by the rules of Semantic Versioning. */
function byVersion(a: PublishedRelease, b: PublishedRelease): number {
  const [left, right] = [versionNumbers(a.manifest.version)!, versionNumbers(b.manifest.version)!]
  for (const index of left.numbers.length > right.numbers.length
    ? left.numbers.keys()
    : right.numbers.keys()) {
    const difference = (right.numbers[index] ?? 0) - (left.numbers[index] ?? 0)
    if (difference !== 0) return difference
  }
  if ((left.preRelease === '') !== (right.preRelease === '')) return left.preRelease === '' ? -1 : 1
  return byNumbersInside(right.preRelease, left.preRelease)
}

function byDate(a: PublishedRelease, b: PublishedRelease): number {
  if (a.date !== b.date) return Date.parse(b.date) - Date.parse(a.date)
  return byNumbersInside(b.manifest.version, a.manifest.version)
}

const collator = new Intl.Collator('en', { numeric: true })

function byNumbersInside(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b))
}
