/**
 * Files of releases in a store, by rclone.
 *
 * In: StoreAddress, directories and paths. The remote is described to rclone in its environment only, so that neither
 * arguments nor a configuration file hold anything of it.
 */
import * as z from 'zod/mini'
import { Cargo2NixError } from '../errors.ts'
import type { StoredFile } from '../nix/release/published-releases.ts'
import { STORE_SECRETS, type StoreAddress } from '../nix/release/store-address.ts'
import { recordOf } from '../record.ts'
import { runProgram, type ProgramResult } from './run-program.ts'

/** rclone's exit code if a directory does not exist. */
const NO_DIRECTORY = 'exit code 3'

const Listing = z.array(z.looseObject({ Path: z.string(), Size: z.number(), ModTime: z.string() }))

/** All files below a directory of the store; none if it does not exist. `deep`: also in directories below. */
export async function listFiles(
  store: StoreAddress,
  directory: string,
  depth: 'deep' | 'shallow' = 'deep',
): Promise<readonly StoredFile[]> {
  // The time of upload: that of the object on S3, and that of the file elsewhere, which we do not set.
  const flags = ['lsjson', '--files-only', '--no-mimetype', '--use-server-modtime']
  const result = await rclone(store, [
    ...flags,
    ...(depth === 'deep' ? ['--recursive'] : []),
    placeOf(store, directory),
  ])
  if (result.failed && result.ended === NO_DIRECTORY) return []
  refuseFailure(result, store, 'cannot list')
  const parsed = z.safeParse(Listing, JSON.parse(result.stdout))
  if (!parsed.success) throw storeError(store, 'cannot list', 'rclone prints a listing of another kind')
  const top = directory === '' ? '' : `${directory}/`
  return parsed.data.map(({ Path, Size, ModTime }) => ({
    path: `${top}${Path}`,
    size: Size,
    modified: new Date(ModTime).toISOString(),
  }))
}

/** Which of these files in the store hold other bytes than the local ones. */
export async function differingFiles(
  store: StoreAddress,
  local: string,
  directory: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  if (paths.length === 0) return []
  const args = [
    'check',
    '--download',
    '--one-way',
    '--copy-links',
    '--combined',
    '-',
    '--files-from-raw',
    '-',
  ]
  const result = await rclone(store, [...args, local, placeOf(store, directory)], paths)
  const marks = new Map(
    [...result.stdout.matchAll(/^([=*+!-]) (.+)$/gm)].map(([, mark, path]) => [path!, mark!]),
  )
  if (paths.some((path) => !['=', '*'].includes(marks.get(path) ?? '')))
    throw storeError(store, 'cannot compare with', reasonOf(result))
  return paths.filter((path) => marks.get(path) === '*')
}

export interface UploadedFiles {
  readonly local: string
  /** In the store. */
  readonly directory: string
  /** Relative to both. */
  readonly paths: readonly string[]
}

/** Where files are incomplete in stores that are file systems; objects on S3 appear when they are complete. */
const INCOMING = '.incoming'

/** Uploads files of a local directory. Each appears in the store under its name only when it is complete. */
export async function uploadFiles(
  store: StoreAddress,
  { local, directory, paths }: UploadedFiles,
): Promise<void> {
  if (paths.length === 0) return
  const isAtomic = store.kind === 's3'
  const place = placeOf(store, isAtomic ? directory : `${INCOMING}/${directory || '.index'}`)
  const args = ['copy', '--ignore-times', '--no-traverse', '--copy-links', '--files-from-raw', '-']
  refuseFailure(await rclone(store, [...args, local, place], paths), store, 'cannot upload to')
  if (isAtomic) return
  for (const args of renames(store, directory, { place, paths })) {
    refuseFailure(await rclone(store, args, paths), store, 'cannot rename files in')
  }
  // What a killed run left there goes, too; the directory itself only when no other run uses it.
  await rclone(store, ['purge', place])
  await rclone(store, ['rmdir', placeOf(store, INCOMING)])
}

/** rclone moves no directory to one that is around it, so files at the top are moved one by one. */
function renames(
  store: StoreAddress,
  directory: string,
  { place, paths }: { readonly place: string; readonly paths: readonly string[] },
): readonly (readonly string[])[] {
  const flags = ['--ignore-times', '--no-traverse']
  return directory === ''
    ? paths.map((path) => ['moveto', ...flags, `${place}/${path}`, placeOf(store, path)])
    : [['move', ...flags, '--files-from-raw', '-', place, placeOf(store, directory)]]
}

/** Downloads files of the store that have one of these names. */
export async function downloadFiles(
  store: StoreAddress,
  paths: readonly string[],
  local: string,
): Promise<void> {
  if (paths.length === 0) return
  const args = ['copy', '--no-traverse', '--files-from-raw', '-', placeOf(store, ''), local]
  refuseFailure(await rclone(store, args, paths), store, 'cannot read')
}

/** Deletes files of the store. */
export async function deleteFiles(store: StoreAddress, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return
  const args = ['delete', '--files-from-raw', '-', placeOf(store, '')]
  refuseFailure(await rclone(store, args, paths), store, 'cannot delete from')
}

function placeOf({ path }: StoreAddress, directory: string): string {
  return `store:${directory === '' ? path : `${path}/${directory}`}`
}

function rclone(
  { remote }: StoreAddress,
  args: readonly string[],
  names: readonly string[] = [],
): Promise<ProgramResult> {
  const { AWS_CA_BUNDLE: bundle, ...env } = process.env
  return runProgram('rclone', args, {
    env: {
      // rclone's own HTTP client fails where the variable is set.
      ...(bundle === undefined ? {} : { RCLONE_CA_CERT: bundle }),
      ...env,
      RCLONE_CONFIG: '/dev/null',
      ...recordOf(
        Object.entries(remote).map(([name, value]) => [`RCLONE_CONFIG_STORE_${name.toUpperCase()}`, value]),
      ),
    },
    ...(names.length === 0 ? {} : { input: `${names.join('\n')}\n` }),
    hintIfMissing: 'install rclone, or use the shell `release.shell` of Cargo.nix, which has it',
  })
}

function refuseFailure(result: ProgramResult, store: StoreAddress, what: string): void {
  if (result.failed) throw storeError(store, what, reasonOf(result))
}

const REFUSALS =
  /AccessDenied|Access Denied|SignatureDoesNotMatch|access key|InvalidToken|ExpiredToken|NoCredentialProviders|Forbidden|\b40[13]\b|unable to authenticate|permission denied|knownhosts|key is unknown/i

function storeError(store: StoreAddress, what: string, reason: string): Cargo2NixError {
  const isRefused = REFUSALS.test(reason)
  return new Cargo2NixError({
    code: 'network',
    message: `${what} ${store.printed}: ${isRefused ? 'it refused: ' : ''}${reason}`,
    hint: isRefused
      ? STORE_SECRETS[store.kind]
      : 'see whether the address is right and the store can be reached; the same command goes on where it stopped',
  })
}

/** The last thing that rclone reports, without time and level. */
function reasonOf({ stderr, ended }: ProgramResult): string {
  const lines = stderr
    .split('\n')
    .map((line) =>
      line
        .replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\s*/, '')
        .replace(/^(?:ERROR|NOTICE|CRITICAL)\s*:\s*/, '')
        .trim(),
    )
    .filter((line) => line !== '' && !/^status code: \d+, request id/.test(line))
  return lines.at(-1) ?? ended
}
