/**
 * The packages of a random workspace: who they are, before any of them depends on another.
 *
 * A package may depend only on later ones, so there are no cycles but those of dev-dependencies.
 */
import type { Random } from './random.ts'

export interface RandomPackage {
  readonly name: string
  readonly version: string
  /** Members, path packages that are no members, and packages of a registry, which lie in a directory of copies. */
  readonly home: 'member' | 'outside' | 'registry'
  /** Relative to the workspace. */
  readonly folder: string
  readonly features: readonly string[]
  readonly library: 'none' | 'lib' | 'proc-macro' | 'other'
  readonly position: number
}

const FEATURES = ['f0', 'f1', 'f2', 'f3', 'with-dash', '3d', 'c++1.x']

/** Members first, then packages outside, then those of the registry, some of them in several versions. */
export function randomPackages(random: Random, hasRootPackage: boolean): readonly RandomPackage[] {
  const packages: RandomPackage[] = []
  const add = (name: string, version: string, home: RandomPackage['home'], folder: string): void => {
    const library = random.chance(0.75)
      ? 'lib'
      : random.pick(['proc-macro', 'proc-macro', 'other', 'none'] as const)
    const features = randomNames(random)
    packages.push({ name, version, home, folder, features, library, position: packages.length })
  }
  if (hasRootPackage) add('root', '0.1.0', 'member', '')
  const members = 1 + random.below(4)
  for (let at = 0; at < members; at++)
    add(`m${random.chance(0.2) ? '-' : ''}${at}`, '0.1.0', 'member', `members/m${at}`)
  for (let at = random.below(3); at > 0; at--) addVersions(random, `p${at}`, 'outside', add)
  for (let at = random.below(5); at > 0; at--)
    addVersions(random, `r${random.chance(0.2) ? '_' : ''}${at}`, 'registry', add)
  return packages
}

type Add = (
  name: string,
  version: string,
  home: RandomPackage['home'],
  folder: string,
  features?: readonly string[],
) => void

/** Mostly all versions have the same features. */
function addVersions(random: Random, name: string, home: RandomPackage['home'], add: Add): void {
  const versions = random.pick([
    ['1.0.0'],
    ['1.0.0'],
    ['1.0.0', '2.0.0'],
    ['0.1.0', '1.2.0', '2.0.0'],
    ['2.0.0-rc.1'],
    ['1.0.0+meta'],
  ])
  const base = home === 'outside' ? 'outside' : 'vendor'
  const features = random.chance(0.8) ? randomNames(random) : undefined
  for (const version of versions) add(name, version, home, `${base}/${name}-${version}`, features)
}

/** Mostly plain ones. */
function randomNames(random: Random): readonly string[] {
  return FEATURES.filter((name) => random.chance(name.length === 2 && name !== '3d' ? 0.5 : 0.08))
}
