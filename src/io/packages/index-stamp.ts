/**
 * The state of the registries' indexes, as far as this machine has them.
 *
 * In: locked packages. Out: one text that changes whenever a file of an index that has an entry of one of them
 * does. The files are not read.
 */
import { createHash } from 'node:crypto'
import type { LockedPackage } from '../../cargo/lockfile.ts'
import type { PackageSources } from './package-sources.ts'

/** Undefined if no index has a file for any of the packages. */
export function indexStamp(packages: readonly LockedPackage[], sources: PackageSources): string | undefined {
  const hash = createHash('sha256')
  let isEmpty = true
  for (const locked of packages) {
    const { source } = locked
    const file = source && sources.indexFile(locked as LockedPackage & { readonly source: typeof source })
    if (file === undefined) continue
    isEmpty = false
    hash.update(`${locked.name} ${file.stamp}\n`)
  }
  return isEmpty ? undefined : hash.digest('hex')
}
