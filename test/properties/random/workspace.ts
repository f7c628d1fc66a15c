/**
 * Small random workspaces, with a configuration and copies of registry packages.
 *
 * The same seed gives the same files. Cargo does not accept all of them; what it refuses, ours must refuse.
 */
import { createHash } from 'node:crypto'
import { randomDependencies, type Neighbours, type RandomDependencies } from './dependencies.ts'
import { randomPackages, type RandomPackage } from './packages.ts'
import { CUSTOM_PROFILES, randomConfig, randomEnvironment, randomProfiles } from './profiles.ts'
import type { Random } from './random.ts'
import { randomTargets, type RandomTargets } from './targets.ts'
import { printToml, type Toml } from './toml.ts'

export interface RandomWorkspace {
  /** Text by path. */
  readonly files: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly packages: readonly RandomPackage[]
  /** Those that the workspace adds to cargo's. */
  readonly profiles: readonly string[]
  /** With `resolver.lockfile-path`. */
  readonly lockedElsewhere: boolean
}

/** Makes one. */
export function randomWorkspace(random: Random): RandomWorkspace {
  const hasRootPackage = random.chance(0.4)
  const packages = randomPackages(random, hasRootPackage)
  const offered = new Map<RandomPackage, readonly string[]>()
  const artifacts = random.chance(0.2) ? new Map<RandomPackage, readonly string[]>() : undefined
  const neighbours: Neighbours = { all: packages, offered, inherited: new Map(), artifacts }
  const files: Record<string, string> = {}
  for (const item of packages.toReversed()) {
    const dependencies = randomDependencies(random, item, neighbours)
    offered.set(item, dependencies.offered)
    const targets = randomTargets(random, item, dependencies)
    artifacts?.set(item, artifactsOf(item, targets))
    Object.assign(files, packageFiles(random, item, dependencies, targets))
  }
  const inherited = [...neighbours.inherited].map(([name, { table }]) => [name, table] as const)
  const workspace = { ...workspaceTable(random, packages), dependencies: Object.fromEntries(inherited) }
  const profile = random.chance(0.5) ? randomProfiles(random, packages) : {}
  const patch = random.chance(0.15) ? addPatch(random, packages, files) : {}
  files['Cargo.toml'] = `${files['Cargo.toml'] ?? ''}${printToml({ workspace, profile, patch })}`
  const lockedElsewhere = random.chance(0.03)
  const config = randomConfig(random, packages)
  const unification = random.chance(0.15) ? random.pick(['package', 'package', 'workspace']) : undefined
  if (artifacts !== undefined || unification !== undefined) {
    config['unstable'] = {
      ...(artifacts === undefined ? {} : { bindeps: true }),
      ...(unification === undefined ? {} : { 'feature-unification': true }),
    }
  }
  if (lockedElsewhere || unification !== undefined) {
    config['resolver'] = {
      ...(lockedElsewhere ? { 'lockfile-path': 'locks/Cargo.lock' } : {}),
      ...(unification === undefined ? {} : { 'feature-unification': unification }),
    }
  }
  files['.cargo/config.toml'] = printToml(config)
  const env = random.chance(0.15) ? randomEnvironment(random) : {}
  return {
    files,
    env,
    packages,
    lockedElsewhere,
    profiles: CUSTOM_PROFILES.filter((name) => profile[name] !== undefined),
  }
}

function packageFiles(
  random: Random,
  item: RandomPackage,
  dependencies: RandomDependencies,
  targets: RandomTargets,
): Readonly<Record<string, string>> {
  const manifest: Record<string, Toml> = {
    package: {
      name: item.name,
      version: item.version,
      edition: random.pick(['2015', '2018', '2021', '2021', '2024']),
      ...targets.package,
    },
    ...targets.tables,
    ...dependencies.tables,
  }
  const prefix = item.folder === '' ? '' : `${item.folder}/`
  const own = Object.fromEntries(targets.files.map((path) => [`${prefix}${path}`, '']))
  return { ...own, ...checksum(item), [`${prefix}Cargo.toml`]: printToml(manifest) }
}

/** What `artifact = "…"` may name. */
function artifactsOf({ name }: RandomPackage, { files, tables }: RandomTargets): readonly string[] {
  const programs = files.flatMap((path) => /^src\/bin\/(.*)\.rs$/.exec(path)?.[1] ?? [])
  if (files.includes('src/main.rs')) programs.push(name)
  const types =
    (tables['lib'] as { readonly 'crate-type'?: readonly string[] } | undefined)?.['crate-type'] ?? []
  return [
    ...(programs.length > 0 ? ['bin'] : []),
    ...programs.map((each) => `bin:${each}`),
    ...types.filter((type) => type === 'cdylib' || type === 'staticlib'),
  ]
}

/** Something of the registry, changed: it is used where its version is wanted. */
function addPatch(
  random: Random,
  packages: readonly RandomPackage[],
  files: Record<string, string>,
): Record<string, Toml> {
  const candidates = packages.filter(({ home }) => home === 'registry')
  if (candidates.length === 0) return {}
  const { name, folder, version } = random.pick(candidates)
  const changed = random.chance(0.5) ? version : version.replace(/\d+$/, '9')
  const copied = Object.keys(files).filter((path) => path.startsWith(`${folder}/`) && !path.endsWith('.json'))
  for (const path of copied) {
    const text = files[path]!.replace(`version = "${version}"`, `version = "${changed}"`)
    files[`outside/patched/${path.slice(folder.length + 1)}`] = text
  }
  return { 'crates-io': { [name]: { path: 'outside/patched' } } }
}

/** A directory of registry copies has the checksum of each package beside it. */
function checksum({ home, folder }: RandomPackage): Readonly<Record<string, string>> {
  if (home !== 'registry') return {}
  const sha256 = createHash('sha256').update(folder).digest('hex')
  return { [`${folder}/.cargo-checksum.json`]: JSON.stringify({ files: {}, package: sha256 }) }
}

function workspaceTable(random: Random, packages: readonly RandomPackage[]): Record<string, Toml> {
  const members = packages.filter(({ home, folder }) => home === 'member' && folder !== '')
  const folders = members.map(({ folder }) => folder)
  return {
    members: random.chance(0.7) ? folders : ['members/*'],
    exclude: ['outside', 'vendor'],
    ...(random.chance(0.85) ? { resolver: random.pick(['1', '2', '2', '3']) } : {}),
    ...(random.chance(0.2)
      ? { 'default-members': [random.pick(folders), ...random.some(folders, 0.3)] }
      : {}),
  }
}
