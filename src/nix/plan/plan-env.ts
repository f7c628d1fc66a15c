/**
 * `[env]` of the configuration: what cargo sets for rustc, build scripts and tests.
 *
 * In: CargoWorkspace, where values with `relative = true` are absolute paths. Out: plain values, and paths
 * relative to the workspace's root, since the workspace is elsewhere on other machines.
 * Mirrors `apply_env_config` in `core/compiler/mod.rs` of cargo 0.96, except `force`: a derivation inherits nothing.
 */
import { posix } from 'node:path'
import type { CargoWorkspace } from '../../cargo/workspace/workspace.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

/** Sorted by name. */
export interface PlannedEnv {
  readonly values: Pairs
  /** Relative to the workspace's root, as spelled: the empty path is the root with a trailing slash. */
  readonly paths: Pairs
  /** What is left out, and why. */
  readonly warnings: readonly string[]
}

/** A path outside of the workspace is on the machine, and a derivation cannot see it. */
export function planEnv({ root, config }: Pick<CargoWorkspace, 'root' | 'config'>): PlannedEnv {
  const all = Object.entries(config.env).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const paths = all
    .filter(([, entry]) => entry.relative)
    .map(([name, { value }]) => [name, fromRoot(root, value)] as const)
  const isOutside = ([, path]: readonly [string, string]): boolean =>
    /^\.\.(\/|$)/.test(posix.normalize(path))
  return {
    values: all.filter(([, entry]) => !entry.relative).map(([name, { value }]) => [name, value] as const),
    paths: paths.filter((pair) => !isOutside(pair)),
    warnings: paths
      .filter(isOutside)
      .map(
        ([name, path]) =>
          `\`env.${name}\` of .cargo/config.toml is left out: \`${path}\` lies outside of the workspace, where builds see nothing`,
      ),
  }
}

function fromRoot(root: string, path: string): string {
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : posix.relative(root, path)
}
