/** Where the lockfile of a workspace is. */
import { join } from 'node:path'
import type { CargoConfig } from './workspace.ts'

/** Absolute: what the configuration names (`resolver.lockfile-path`), else next to the root's manifest. */
export function lockfilePathOf(root: string, { lockfilePath }: CargoConfig): string {
  return lockfilePath ?? join(root, 'Cargo.lock')
}
