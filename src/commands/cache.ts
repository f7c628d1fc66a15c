/** `cache push`, `cache status` and `cache config`: what of a project is in a binary cache. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { counted, megabytes } from '../counted.ts'
import { Cargo2NixError } from '../errors.ts'
import { accessHint, copyPaths, isRefusal, missingPaths, sizesOf } from '../io/nix-store.ts'
import { readText } from '../io/read-text.ts'
import { parseCacheAddress, signingAddress, type CacheAddress } from '../nix/cache/cache-address.ts'
import { cacheConfig } from '../nix/cache/cache-config.ts'
import { checkPublicKey, publicKeyOf } from '../nix/cache/cache-key.ts'
import { isDerivation, nameOfPath, selectForCache, type SelectionFlags } from './cache-selection.ts'
import type { CommandOutcome, Report } from './outcome.ts'

export interface CacheFlags extends SelectionFlags {
  readonly to: string
  readonly signKey?: string
}

const PATHS_A_BATCH = 50
const ATTEMPTS = 3
const MOST_NAMES = 20

/**
 * Copies what the cache lacks; retries a batch that fails.
 *
 * @throws Cargo2NixError `not-built` if there is nothing to copy, `network` if the upload fails.
 */
export async function pushToCache(flags: CacheFlags, report: Report): Promise<CommandOutcome> {
  const address = parseCacheAddress(flags.to)
  const keyFile = flags.signKey === undefined ? undefined : resolve(flags.signKey)
  if (keyFile !== undefined) publicKeyOf(readText(keyFile), keyFile)
  const { units, paths, unbuilt, notes } = await selectForCache(flags, report)
  const compiled = units.filter((path) => !isPrepared(path))
  // The tools can be pushed before anything is compiled with them.
  const hasTools = flags.toolchain === true && paths.length > 0
  if (!hasTools && compiled.every((path) => unbuilt.includes(path))) {
    throw new Cargo2NixError({
      code: 'not-built',
      message: `nothing of it is built on this machine: ${someNames(compiled)}`,
      hint: 'build it first, with `nix-build` or `nix build`; `cache push` only copies',
    })
  }
  const lacking = await absentFrom(address, paths, report)
  const bytes = await pushAll(signingAddress(address, keyFile), lacking, report)
  const there = paths.length - lacking.length
  return {
    output: `pushed ${counted(lacking.length, 'path')} (${megabytes(bytes)}) to ${address.substituter}; ${there} were there`,
    notes:
      unbuilt.length === 0 ? notes : [...notes, `note: not built here, so left out: ${someNames(unbuilt)}`],
    exitCode: 0,
    result: { cache: address.substituter, pushed: lacking, bytes, alreadyThere: there, notBuilt: unbuilt },
  }
}

/** Reports what the cache lacks; exits with 1 if it lacks something. */
export async function cacheStatus(flags: CacheFlags, report: Report): Promise<CommandOutcome> {
  const address = parseCacheAddress(flags.to)
  const { paths, unbuilt, notes } = await selectForCache(flags, report)
  // Something not built here can still be in the cache.
  const wanted = [...paths, ...unbuilt]
  const lacking = await absentFrom(address, wanted, report)
  const has = `${address.substituter} has ${wanted.length - lacking.length} of ${counted(wanted.length, 'path')}`
  const output = [has, ...(lacking.length === 0 ? [] : [`it lacks: ${someNames(lacking)}`])].join('\n')
  return {
    output,
    notes,
    exitCode: lacking.length === 0 ? 0 : 1,
    result: { cache: address.substituter, paths: wanted.length, lacking, notBuilt: unbuilt },
  }
}

/** Prints the configuration for machines that use the cache; contacts neither Nix nor the cache. */
export function cacheConfiguration(flags: {
  readonly to: string
  readonly signKey?: string
  readonly publicKey?: string
}): CommandOutcome {
  const { substituter } = parseCacheAddress(flags.to)
  const keyFile = flags.signKey === undefined ? undefined : resolve(flags.signKey)
  const publicKey =
    keyFile === undefined
      ? flags.publicKey && checkPublicKey(flags.publicKey)
      : publicKeyOf(readText(keyFile), keyFile)
  const notes = [
    ...(publicKey === undefined
      ? ['note: without a key (--sign-key or --public-key) whoever can write to the cache is trusted']
      : []),
    ...(substituter.startsWith('s3:')
      ? [
          'note: who fetches by s3:// needs keys for it; where the bucket can be read by https://, name that address',
        ]
      : []),
  ]
  const result = { substituter, publicKey: publicKey ?? null }
  return { output: cacheConfig(substituter, publicKey), notes, exitCode: 0, result }
}

async function absentFrom(
  { store, substituter }: CacheAddress,
  paths: readonly string[],
  report: Report,
): Promise<readonly string[]> {
  // Nix would create the directory.
  if (store.startsWith('file:') && !existsSync(fileURLToPath(store.replace(/\?.*/, '')))) return paths
  report(`asking ${substituter} for ${counted(paths.length, 'path')}`)
  return missingPaths(paths, store)
}

/** Returns the number of bytes, unpacked. */
async function pushAll(store: string, paths: readonly string[], report: Report): Promise<number> {
  const sizes = await sizesOf(paths)
  const total = sum(sizes)
  let done = 0
  for (const kind of ['outputs', 'derivations'] as const) {
    const some = paths.filter((path) => isDerivation(path) === (kind === 'derivations'))
    for (let start = 0; start < some.length; start += PATHS_A_BATCH) {
      const doneBytes = sum(sizes.slice(0, done))
      report(
        `pushing: ${done} of ${counted(paths.length, 'path')}, ${megabytes(doneBytes)} of ${megabytes(total)}`,
      )
      const batch = some.slice(start, start + PATHS_A_BATCH)
      await pushBatch(batch, kind, store, report, `pushed ${done} of ${counted(paths.length, 'path')}`)
      done += batch.length
    }
  }
  return total
}

async function pushBatch(
  batch: readonly string[],
  kind: 'derivations' | 'outputs',
  store: string,
  report: Report,
  soFar: string,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const problem = await copyPaths(batch, kind, store)
    if (problem === undefined) return
    if (attempt === ATTEMPTS) {
      throw new Cargo2NixError({
        code: 'network',
        message: `${isRefusal(problem) ? 'the cache refused the upload' : 'upload to the cache failed'}: ${problem} (${soFar})`,
        hint: accessHint(
          store,
          problem,
          'see whether you may write to it; the same command goes on where it stopped',
        ),
      })
    }
    report(`trying again (${attempt + 1} of ${ATTEMPTS}): ${problem}`)
    await new Promise((proceed) => {
      setTimeout(proceed, 1000 * attempt ** 2)
    })
  }
}

/** What exists before anything is compiled: unpacked sources, and what rustc reports about a target. */
function isPrepared(path: string): boolean {
  return /^build-target-cfg$|-src$/.test(nameOfPath(path))
}

function someNames(paths: readonly string[]): string {
  const names = paths.map(nameOfPath).toSorted()
  const more = names.length - MOST_NAMES
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
