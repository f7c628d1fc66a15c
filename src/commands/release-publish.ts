/** `release publish`: uploads a release to a store, its manifest last, and the index after it. */
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { counted, printedSize } from '../counted.ts'
import { Cargo2NixError } from '../errors.ts'
import { readRelease, type LocalRelease } from '../io/release-directory.ts'
import { differingFiles, listFiles, uploadFiles } from '../io/release-store.ts'
import { readText, readTextIfAny } from '../io/read-text.ts'
import { changelogSection } from '../nix/release/changelog-section.ts'
import { MANIFEST_FILE, NOTES_FILE, signedFile, SUMS_FILE } from '../nix/release/release-manifest.ts'
import { parseStoreAddress, type StoreAddress } from '../nix/release/store-address.ts'
import type { CommandOutcome, Report } from './outcome.ts'
import { indexNames, refreshIndex, type IndexFlags } from './release-index.ts'

export interface PublishFlags extends IndexFlags {
  readonly changelog?: string
}

/** Files of a release in one directory, as links; paths are relative to it. */
interface Staged {
  readonly directory: string
  /** In the order of upload; the manifest is the last. */
  readonly paths: readonly string[]
}

interface Notes {
  readonly text?: string | undefined
  /** The changelog that has no section about the version. */
  readonly lacking?: string
}

/** What of a release a store has. */
interface Comparison {
  readonly missing: readonly string[]
  readonly present: readonly string[]
  /** Present with other bytes: notes and signatures, which can be made anew for the same artefacts. */
  readonly kept: readonly string[]
}

/**
 * Uploads what the store lacks; replaces nothing that it has.
 *
 * @param directory of a release (default: `result`)
 * @throws Cargo2NixError `bad-release`, `already-published` if the store has other bytes under the same version,
 *   `network`
 */
export async function publishRelease(
  directory: string | undefined,
  flags: PublishFlags,
  report: Report,
): Promise<CommandOutcome> {
  const store = parseStoreAddress(flags.to, process.env)
  report('reading the release')
  const release = await readRelease(resolve(directory ?? 'result'))
  const staging = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-release-'))
  try {
    const notes = notesOf(release, flags.changelog)
    const staged = stage(release, notes.text, staging)
    report(`comparing with ${store.printed}`)
    const comparison = await compare(store, release, staged)
    const isDry = flags.dryRun === true
    if (!isDry) await upload(store, release, { staged, comparison, report })
    const { version, class: className } = release.manifest
    const index = isDry ? await indexNames(store, className) : await refreshIndex(store, flags, report)
    const { missing, present } = comparison
    return {
      output: output(store, release, { staged, comparison, written: index.files, isDry }),
      notes: [...adviceOn(release, comparison, notes), ...index.notes],
      exitCode: 0,
      result: {
        version,
        class: className,
        store: store.printed,
        dryRun: isDry,
        uploaded: missing,
        present,
        index: index.files,
      },
    }
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** The notes of the release: its own, or the version's section of the changelog. */
function notesOf({ directory, manifest }: LocalRelease, changelog: string | undefined): Notes {
  const own = readTextIfAny(join(directory, NOTES_FILE))
  if (own !== undefined) return { text: own }
  const file = changelog ?? 'CHANGELOG.md'
  const all = changelog === undefined ? readTextIfAny(file) : readText(file)
  const text = all === undefined ? undefined : changelogSection(all, manifest.version)
  // Nobody writes about each commit.
  const isLacking = all !== undefined && text === undefined && manifest.ref !== null
  return isLacking ? { lacking: file } : { text }
}

function stage(release: LocalRelease, notes: string | undefined, directory: string): Staged {
  const link = (path: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    symlinkSync(join(release.directory, path), join(directory, path))
  }
  const files = [...release.manifest.artefacts.map(({ path }) => path), ...release.signatures, SUMS_FILE]
  for (const path of [...files, MANIFEST_FILE]) link(path)
  if (notes !== undefined) writeFileSync(join(directory, NOTES_FILE), notes)
  return { directory, paths: [...files, ...(notes === undefined ? [] : [NOTES_FILE]), MANIFEST_FILE] }
}

/** @throws Cargo2NixError `already-published` */
async function compare(
  store: StoreAddress,
  { manifest: { version } }: LocalRelease,
  { directory, paths }: Staged,
): Promise<Comparison> {
  const stored = new Set((await listFiles(store, version)).map(({ path }) => path.slice(version.length + 1)))
  const present = paths.filter((path) => stored.has(path))
  const other = await differingFiles(store, directory, version, present)
  const canBeMadeAnew = (path: string): boolean => path === NOTES_FILE || signedFile(path) !== undefined
  const refused = other.filter((path) => !canBeMadeAnew(path))
  if (refused.length > 0) {
    const more = refused.length === 1 ? '' : ` and ${counted(refused.length - 1, 'other file')}`
    throw new Cargo2NixError({
      code: 'already-published',
      message: `${version} is already in ${store.printed} with other bytes: ${refused[0]}${more}`,
      hint: 'what is published is never replaced: release the change as a new version',
    })
  }
  return { missing: paths.filter((path) => !stored.has(path)), present, kept: other }
}

interface Upload {
  readonly staged: Staged
  readonly comparison: Comparison
  readonly report: Report
}

async function upload(
  store: StoreAddress,
  { manifest: { version } }: LocalRelease,
  { staged: { directory }, comparison: { missing }, report }: Upload,
): Promise<void> {
  const files = missing.filter((path) => path !== MANIFEST_FILE)
  const last = missing.filter((path) => path === MANIFEST_FILE)
  report(`uploading ${counted(files.length, 'file')} (${sizeOf(directory, files)})`)
  await uploadFiles(store, { local: directory, directory: version, paths: files })
  report(`uploading ${MANIFEST_FILE}`)
  await uploadFiles(store, { local: directory, directory: version, paths: last })
}

interface Done {
  readonly staged: Staged
  readonly comparison: Comparison
  readonly written: readonly string[]
  readonly isDry: boolean
}

function output(
  store: StoreAddress,
  { manifest: { version, class: className } }: LocalRelease,
  { staged: { directory }, comparison: { missing, present }, written, isDry }: Done,
): string {
  if (isDry) {
    const uploads = missing.map((path) => `would upload ${version}/${path} (${sizeOf(directory, [path])})`)
    return [...uploads, `would write ${written.join(', ')}`].join('\n')
  }
  const uploaded = `${counted(missing.length, 'file')} uploaded (${sizeOf(directory, missing)}), ${present.length} were there`
  return [
    `published ${version} (${className}) to ${store.printed}: ${uploaded}`,
    `wrote ${written.join(', ')}`,
  ].join('\n')
}

function adviceOn(
  { manifest: { version }, strangers }: LocalRelease,
  { kept }: Comparison,
  { lacking }: Notes,
): readonly string[] {
  return [
    ...(lacking === undefined
      ? []
      : [`note: ${lacking} has no section about ${version}, so it has no notes`]),
    ...(strangers.length === 0
      ? []
      : [`note: not part of the release, so left out: ${strangers.join(', ')}`]),
    ...(kept.length === 0 ? [] : [`note: the store has others, which stay: ${kept.join(', ')}`]),
  ]
}

function sizeOf(directory: string, paths: readonly string[]): string {
  const bytes = paths.reduce((sum, path) => sum + statSync(join(directory, path)).size, 0)
  return printedSize(bytes)
}
