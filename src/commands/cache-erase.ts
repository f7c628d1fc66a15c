/** `cache erase`: deletes everything that a binary cache holds, after asking. */
import { counted, printedSize } from '../counted.ts'
import { Cargo2NixError } from '../errors.ts'
import { deleteFiles, listFiles } from '../io/release-store.ts'
import { parseCacheAddress } from '../nix/cache/cache-address.ts'
import { isCacheFile } from '../nix/cache/cache-files.ts'
import { parseStoreAddress, type StoreAddress } from '../nix/release/store-address.ts'
import type { CommandOutcome, Report } from './outcome.ts'

export interface EraseFlags {
  readonly to: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/** Asks a question; undefined if nobody is there to answer. */
export type Ask = (question: string) => Promise<boolean | undefined>

/**
 * Deletes narinfos, archives and logs; any other file stays.
 *
 * @throws Cargo2NixError `bad-argument` without a cache, or without an answer; `network`
 */
export async function eraseCache(flags: EraseFlags, ask: Ask, report: Report): Promise<CommandOutcome> {
  const store = storeOf(flags.to)
  report(`listing ${store.printed}`)
  const listing = await listFiles(store, '')
  if (!listing.some(({ path }) => path === 'nix-cache-info')) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `${store.printed} is not a binary cache: it has no nix-cache-info`,
      hint: 'see whether the address is right',
    })
  }
  const files = listing.filter(({ path }) => isCacheFile(path))
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const paths = files.filter(({ path }) => path.endsWith('.narinfo')).length
  const what = `${counted(paths, 'path')} in ${counted(files.length, 'file')} (${printedSize(bytes)})`
  const others = listing.length - files.length
  const notes = others === 0 ? [] : [`note: ${counted(others, 'file')} in it belong to no cache and stay`]
  const outcome = (erased: boolean, output: string): CommandOutcome => ({
    output,
    notes,
    exitCode: erased || flags.dryRun === true ? 0 : 1,
    result: { cache: store.printed, paths, files: files.length, bytes, erased },
  })
  if (flags.dryRun === true) return outcome(false, `would erase ${what} of ${store.printed}`)
  if (flags.yes !== true && !(await confirmed(ask, `Erase ${what} of ${store.printed}?`)))
    return outcome(false, 'nothing is erased')
  report(`erasing ${what}`)
  // Without its narinfos, nobody looks for the rest; the file that makes it a cache goes last.
  const isLast = (path: string): boolean => path === 'nix-cache-info'
  const names = files.map(({ path }) => path)
  await deleteFiles(
    store,
    names.filter((path) => path.endsWith('.narinfo')),
  )
  await deleteFiles(
    store,
    names.filter((path) => !path.endsWith('.narinfo') && !isLast(path)),
  )
  await deleteFiles(store, names.filter(isLast))
  return outcome(true, `erased ${what} of ${store.printed}`)
}

/** @throws Cargo2NixError `bad-argument` if the cache cannot be listed */
function storeOf(to: string): StoreAddress {
  const { substituter } = parseCacheAddress(to)
  if (/^https?:/.test(substituter)) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: '`--to`: a cache cannot be erased over HTTP',
      hint: 'name it by s3:// or file:///',
    })
  }
  // Parameters of Nix that do not say where the cache is.
  const url = new URL(substituter)
  const given = new URL(to).searchParams
  const known = ['endpoint', 'region', 'scheme', 'profile'].filter((name) => given.has(name))
  url.search = new URLSearchParams(known.map((name): [string, string] => [name, given.get(name)!])).toString()
  return parseStoreAddress(url.href, process.env)
}

async function confirmed(ask: Ask, question: string): Promise<boolean> {
  const answer = await ask(question)
  if (answer !== undefined) return answer
  throw new Cargo2NixError({
    code: 'bad-argument',
    message: 'nobody is there to confirm it: standard input is not a terminal',
    hint: 'pass --yes',
  })
}
