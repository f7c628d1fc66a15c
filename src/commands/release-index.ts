/** `release index`: writes the page and the feeds of all releases in a store, from the store alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import { readTextIfAny } from '../io/read-text.ts'
import { downloadFiles, listFiles, uploadFiles } from '../io/release-store.ts'
import {
  byClass,
  publishedRelease,
  type FoundRelease,
  type ReleaseClassList,
} from '../nix/release/published-releases.ts'
import { parseRepository } from '../nix/release/registry-address.ts'
import { feedFile, isFeedOf, releaseFeed, type FeedOptions } from '../nix/release/release-feed.ts'
import { MANIFEST_FILE, NOTES_FILE, parseReleaseManifest } from '../nix/release/release-manifest.ts'
import { parseStoreAddress, type StoreAddress } from '../nix/release/store-address.ts'
import { releasesPage } from '../pages/releases-page.ts'
import { recordOf } from '../record.ts'
import type { CommandOutcome, Report } from './outcome.ts'

export interface IndexFlags {
  readonly to: string
  readonly url?: string
  readonly images?: string
  readonly dryRun?: boolean
}

const PAGE = 'index.html'

/** The files of an index. */
export interface WrittenIndex {
  readonly files: readonly string[]
  readonly notes: readonly string[]
}

/**
 * Rebuilds the index.
 *
 * @throws Cargo2NixError `bad-argument`, `network`
 */
export async function indexReleases(flags: IndexFlags, report: Report): Promise<CommandOutcome> {
  const store = parseStoreAddress(flags.to, process.env)
  const { files, notes, classes } = await refreshIndex(store, flags, report)
  const dryRun = flags.dryRun === true
  const counts = classes.map(({ name, releases }) => [name, releases.length] as const)
  const printed = counts.map(([name, count]) => `${count} ${name}`).join(', ') || 'none'
  return {
    output: `${dryRun ? 'would write' : 'wrote'} ${files.join(', ')} to ${store.printed} (releases: ${printed})`,
    notes,
    exitCode: 0,
    result: { store: store.printed, dryRun, classes: recordOf(counts), index: files },
  }
}

/** Writes the page after the feeds that it links to. */
export async function refreshIndex(
  store: StoreAddress,
  flags: IndexFlags,
  report: Report,
): Promise<WrittenIndex & { readonly classes: readonly ReleaseClassList[] }> {
  return inTemporary(async (work) => {
    report(`reading ${store.printed}`)
    const { classes, emptied, notes } = await releasesIn(store, join(work, 'store'))
    const options = optionsOf(classes, flags)
    const lists = [...classes, ...emptied.map((name) => ({ name, releases: [] }))]
    const feeds = lists.map((list) => feedFile(list.name))
    for (const list of lists) writeFileSync(join(work, feedFile(list.name)), releaseFeed(list, options))
    writeFileSync(join(work, PAGE), releasesPage(classes, options))
    if (flags.dryRun !== true) {
      report('writing the index')
      await uploadFiles(store, { local: work, directory: '', paths: feeds })
      await uploadFiles(store, { local: work, directory: '', paths: [PAGE] })
    }
    return { files: [...feeds, PAGE], notes, classes }
  })
}

/** What the index will consist of once the store has a release of the class. */
export async function indexNames(store: StoreAddress, className: string): Promise<WrittenIndex> {
  const { classes, emptied, notes } = await inTemporary((work) => releasesIn(store, work))
  const names = new Set([...classes.map(({ name }) => name), ...emptied, className])
  return { files: [...[...names].map(feedFile), PAGE], notes }
}

async function inTemporary<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-index-'))
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

interface StoredReleases {
  readonly classes: readonly ReleaseClassList[]
  /** Classes that have a feed, but no release any longer. */
  readonly emptied: readonly string[]
  readonly notes: readonly string[]
}

async function releasesIn(store: StoreAddress, local: string): Promise<StoredReleases> {
  const listing = await listFiles(store, '')
  const wanted = listing.map(({ path }) => path).filter((path) => isOfRelease(path) || isFeedName(path))
  await downloadFiles(store, wanted, local)
  const notes: string[] = []
  const found: FoundRelease[] = []
  for (const path of wanted.filter((each) => isOfRelease(each) && posix.basename(each) === MANIFEST_FILE)) {
    try {
      found.push(readFound(local, path))
    } catch (error) {
      if (!(error instanceof Cargo2NixError)) throw error
      notes.push(`note: left out: ${path}: ${error.message}`)
    }
  }
  const classes = byClass(found.map((each) => publishedRelease(each, listing)))
  const names = new Set(classes.map(({ name }) => name))
  const emptied = wanted
    .filter(isFeedName)
    .map((path) => path.slice(0, -FEED_SUFFIX.length))
    .filter((name) => !names.has(name) && isFeedOf(name, readTextIfAny(join(local, feedFile(name))) ?? ''))
  return { classes, emptied, notes }
}

const FEED_SUFFIX = feedFile('')

function isOfRelease(path: string): boolean {
  return /^[^./][^/]*\/[^/]+$/.test(path) && [MANIFEST_FILE, NOTES_FILE].includes(posix.basename(path))
}

function isFeedName(path: string): boolean {
  return !path.includes('/') && path.endsWith(FEED_SUFFIX)
}

function readFound(local: string, path: string): FoundRelease {
  const text = readTextIfAny(join(local, path)) ?? ''
  const manifest = parseReleaseManifest(text, path)
  const version = path.slice(0, path.indexOf('/'))
  if (manifest.version !== version) {
    throw new Cargo2NixError({
      code: 'bad-release',
      path,
      message: `version: it is that of ${manifest.version}`,
    })
  }
  return { manifest, notes: readTextIfAny(join(local, version, NOTES_FILE)) }
}

function optionsOf(classes: readonly ReleaseClassList[], { url, images }: IndexFlags): FeedOptions {
  const names = new Set(classes.flatMap(({ releases }) => releases.map(({ manifest }) => manifest.name)))
  return {
    title: `${[...names].join(', ')} releases`.trim(),
    url: url === undefined ? undefined : checkedUrl(url),
    repository: images === undefined ? undefined : parseRepository(images, '--images'),
  }
}

function checkedUrl(url: string): string {
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/*$/, '/')
  throw new Cargo2NixError({
    code: 'bad-argument',
    message: `\`--url\`: ${JSON.stringify(url)} is not the URL of a website`,
    hint: 'write https:// and where the store is served',
  })
}
