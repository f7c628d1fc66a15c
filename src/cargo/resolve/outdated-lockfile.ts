/** A lockfile that no longer matches the manifests, which cargo would refuse with `--locked`. */
import { lockfilePathOf } from '../workspace/lockfile-path.ts'
import { Cargo2NixError } from '../../errors.ts'
import type { PackageGraph } from './package-graph.ts'

/** The error for a lockfile that cargo would change. */
export function outdatedLockfile({ workspace }: PackageGraph, message: string): Cargo2NixError {
  const path = lockfilePathOf(workspace.root, workspace.config)
  const hint = 'run `cargo update --workspace` (or any cargo build without --locked), then generate again'
  return new Cargo2NixError({ code: 'lockfile-outdated', path, message, hint })
}
