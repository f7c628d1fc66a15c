/**
 * One digest for every input of the generated Nix.
 *
 * In: the workspace's own files as parsed (comments and whitespace do not count), our settings, and the path
 * of the generated directory. Out: a digest, the same on every machine. Packages from registries and git
 * repositories count by what the lockfile says about them: a checksum or a commit represents the whole
 * package. So the digest needs none of them on disk.
 */
import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import type { LockedPackage } from '../../cargo/lockfile.ts'
import { ALWAYS_READ } from '../../cargo/workspace/config-profile.ts'
import type { LocalWorkspace } from '../../cargo/workspace/workspace.ts'
import { planEnv } from '../plan/plan-env.ts'
import { portable } from '../plan/script-outputs.ts'
import { portableCommand, portablePath } from '../plan/portable-path.ts'
import type { Settings } from '../settings/settings.ts'
import type { ToolchainChoice } from '../toolchain/toolchain-request.ts'
import { recordOf } from '../../record.ts'

export interface GenerateInputs {
  readonly local: LocalWorkspace
  readonly settings: Settings
  /** The workspace's directory as a Nix path relative to the generated files. */
  readonly rootPath: string
  readonly toolchain: ToolchainChoice
}

/** Hexadecimal digits kept of a digest: 128 bits. */
const DIGITS = 32

/** Digest of texts, in their order. */
export function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text)
  return hash.digest('hex').slice(0, DIGITS)
}

/** The digest of all inputs. */
export function inputsDigest({ local, settings, rootPath, toolchain }: GenerateInputs): string {
  const { root, lockfile, config: _, memberManifests, settings: __, toolchainFile: ___, ...others } = local
  const value = {
    ...others,
    lockfile: { packages: lockfile.packages.map(lockedFacts), unusedPatches: lockfile.unusedPatches },
    members: memberManifests.map(({ manifestPath }) => relative(root, manifestPath)),
    config: configFacts(local, new Set([...settings.hosts, ...settings.targets])),
    settings,
    rootPath,
    // Nix reads the pin itself.
    toolchain: { ...toolchain, pin: undefined },
  }
  return digestOf([JSON.stringify(value, canonical(root))])
}

/** The text of a source depends on the lockfile's version; the source itself does not. */
function lockedFacts({ sourceText: _, ...facts }: LockedPackage): Omit<LockedPackage, 'sourceText'> {
  return facts
}

/** What a build with Nix uses of the configuration, for the platforms of the matrix. */
function configFacts({ config, root, profiles }: LocalWorkspace, triples: ReadonlySet<string>): unknown {
  const { build, target, profile, refusedProfiles, warnings, lockfilePath } = config
  const env = planEnv({ config, root })
  return {
    explicit: build.target.filter((triple) => triples.has(triple) || triple === 'host-tuple'),
    rustflags: build.rustflags,
    rustdocflags: build.rustdocflags,
    // Flags of several tables are joined in their order.
    target: Object.entries(target)
      .filter(([key]) => triples.has(key) || key.startsWith('cfg('))
      .map(([key, { rustflags, rustdocflags, linker, runner, linksOverrides }]) => [
        key,
        rustflags,
        rustdocflags,
        portablePath(linker, root),
        portableCommand(runner, root),
        Object.entries(linksOverrides).map(([links, output]) => [links, portable(output, root)]),
      ])
      .filter(
        ([, rustflags, rustdocflags, linker, runner, links]) =>
          rustflags ?? rustdocflags ?? linker ?? runner ?? (links as readonly unknown[]).length,
      ),
    profile,
    // `generate` fails because of them.
    refused: Object.keys(refusedProfiles).filter((name) => ALWAYS_READ.includes(name) || profiles[name]),
    warnings,
    lockfilePath: portablePath(lockfilePath, root),
    bindeps: config.bindeps,
    unsupported: config.unsupported.map(({ name }) => name),
    ...stdFacts(config),
    featureUnification: config.featureUnification,
    newerRules: config.newerRules.map(({ since, what }) => [since, what]),
    env: [env.values, env.paths],
    environmentRustflags: config.environmentRustflags,
    environmentRustdocflags: config.environmentRustdocflags,
  }
}

/** Nothing where they are not used, so that other workspaces keep their digest. */
function stdFacts({ buildStd, customTargets }: LocalWorkspace['config']): object {
  const targets = Object.entries(customTargets).map(([name, { path, text }]) => ({ name, path, text }))
  return {
    ...(buildStd === undefined ? {} : { buildStd: [buildStd.crates, buildStd.features] }),
    ...(targets.length === 0 ? {} : { customTargets: targets }),
  }
}

const PATHS: ReadonlySet<string> = new Set(['manifestPath', 'srcPath', 'rootManifestPath', 'path'])

/** Converts maps to lists, sorts keys, and makes paths relative to the workspace. */
function canonical(root: string): (key: string, value: unknown) => unknown {
  return (key, value) => {
    if (typeof value === 'string')
      return PATHS.has(key) && value.startsWith('/') ? relative(root, value) : value
    if (typeof value === 'bigint') return String(value)
    if (value instanceof Map) return [...value]
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return recordOf(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
}
