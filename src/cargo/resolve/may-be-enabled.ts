/**
 * Whether something may enable an optional dependency that the lockfile lists for another reason, too.
 *
 * Crates pin the version of a companion with a dependency for a platform that never exists (`cfg(any())`, as
 * in zerocopy and jiff), besides the optional one for every platform. So the lockfile listing it does not
 * mean that a feature is on.
 * In: the packages on disk. Out: a test that answers yes if in doubt: the features of all dependents count as
 * on, and the command line may request anything of a local package and its dependencies.
 */
import {
  buildFeatureMap,
  parseFeatureValue,
  wantsDefault,
  type FeatureMap,
} from '../manifest/feature-value.ts'
import type { Lockfile, LockedPackage } from '../lockfile.ts'
import type { Dependency, Manifest } from '../manifest/manifest.ts'
import type { LoadedPackage } from '../workspace/workspace.ts'

/** The test for a package and one of its optional dependencies. */
export function optionalDependencyTest(
  lockfile: Lockfile,
  loaded: readonly LoadedPackage[],
): (item: LoadedPackage, dependency: Dependency) => boolean {
  return (item, dependency) => {
    const isOn = (dependent: LoadedPackage): boolean =>
      dependent.locked.dependencies.some((index) => isOrBecomes(lockfile, index, item.locked))
    const dependents = loaded.filter(isOn)
    if ([item, ...dependents].some(({ source }) => source.kind === 'path')) return true
    const features = buildFeatureMap(item.manifest)
    const asked = dependents.flatMap(({ manifest }) =>
      featuresAskedOf(item.manifest.name, features, manifest),
    )
    return turnsOn(features, asked, dependency.nameInToml)
  }
}

function isOrBecomes({ packages }: Lockfile, index: number, locked: LockedPackage): boolean {
  const named = packages[index]!
  return named === locked || (named.replace !== undefined && packages[named.replace] === locked)
}

function featuresAskedOf(name: string, features: FeatureMap, dependent: Manifest): readonly string[] {
  const reasons = dependent.dependencies.filter(({ packageName }) => packageName === name)
  const names = new Set(reasons.map(({ nameInToml }) => nameInToml))
  const inFeatures = [...dependent.features.values()].flat().flatMap((text) => {
    const value = parseFeatureValue(text)
    return value.kind === 'dep-feature' && names.has(value.depName) ? [value.feature] : []
  })
  const inTables = reasons.flatMap((reason) => [
    ...reason.features,
    ...(wantsDefault(reason, features) ? ['default'] : []),
  ])
  return [...inTables, ...inFeatures]
}

function turnsOn(features: FeatureMap, asked: readonly string[], depName: string): boolean {
  const seen = new Set<string>()
  const stack = [...asked]
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    for (const value of features.get(name) ?? []) {
      if (value.kind === 'feature') stack.push(value.name)
      else if (value.depName === depName) return true
    }
  }
  return false
}
