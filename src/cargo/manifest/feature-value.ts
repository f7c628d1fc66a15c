/**
 * The values allowed in a list of features, and a package's feature map with cargo's implicit features.
 *
 * Mirrors `FeatureValue` and `build_feature_map` in `core/summary.rs` of cargo 0.96.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { FeatureValue } from '../compile-request.ts'
import type { Dependency, Manifest } from './manifest.ts'

export type FeatureMap = ReadonlyMap<string, readonly FeatureValue[]>

/**
 * Parses one entry: `name`, `dep:name`, `name/feature` or `name?/feature`. Cargo splits at the first slash.
 */
export function parseFeatureValue(text: string): FeatureValue {
  const slash = text.indexOf('/')
  if (slash >= 0) {
    const weak = text[slash - 1] === '?'
    return {
      kind: 'dep-feature',
      depName: text.slice(0, weak ? slash - 1 : slash),
      feature: text.slice(slash + 1),
      weak,
    }
  }
  return text.startsWith('dep:') ? { kind: 'dep', depName: text.slice(4) } : { kind: 'feature', name: text }
}

/** Prints a value as written in a manifest. */
export function printFeatureValue(value: FeatureValue): string {
  if (value.kind === 'feature') return value.name
  if (value.kind === 'dep') return `dep:${value.depName}`
  return `${value.depName}${value.weak ? '?' : ''}/${value.feature}`
}

/**
 * The `[features]` table plus one implicit feature for each optional dependency without a `dep:` entry.
 *
 * @throws Cargo2NixError `bad-manifest` if cargo refuses the table.
 */
export function buildFeatureMap(manifest: Manifest): FeatureMap {
  const optionalByName = new Map<string, boolean>()
  for (const { nameInToml, optional } of manifest.dependencies) {
    optionalByName.set(nameInToml, (optionalByName.get(nameInToml) ?? false) || optional)
  }
  const map = new Map<string, readonly FeatureValue[]>()
  const explicit = new Set<string>()
  for (const [name, values] of manifest.features) {
    const parsed = values.map(parseFeatureValue)
    map.set(name, parsed)
    for (const value of parsed) if (value.kind === 'dep') explicit.add(value.depName)
  }
  for (const { nameInToml, optional } of manifest.dependencies) {
    if (!optional || manifest.features.has(nameInToml) || explicit.has(nameInToml)) continue
    map.set(nameInToml, [{ kind: 'dep', depName: nameInToml }])
  }
  validateFeatures(manifest, map, optionalByName)
  return map
}

function validateFeatures(
  manifest: Manifest,
  map: FeatureMap,
  optionalByName: ReadonlyMap<string, boolean>,
): void {
  const used = new Set<string>()
  for (const [name, values] of map) {
    for (const value of values) {
      const problem = featureProblem(manifest, map, optionalByName, value)
      if (problem !== undefined) {
        throw refuse(manifest, `feature \`${name}\` includes \`${printFeatureValue(value)}\`, ${problem}`)
      }
      if (value.kind !== 'feature') used.add(value.depName)
    }
  }
  for (const [name, optional] of optionalByName) {
    if (optional && !used.has(name)) {
      throw refuse(manifest, `optional dependency \`${name}\` is not included in any feature`)
    }
  }
}

function featureProblem(
  manifest: Manifest,
  map: FeatureMap,
  optionalByName: ReadonlyMap<string, boolean>,
  value: FeatureValue,
): string | undefined {
  if (value.kind === 'feature') {
    if (manifest.features.has(value.name)) return undefined
    const optional = optionalByName.get(value.name)
    if (optional === undefined) return 'which is neither a dependency nor another feature'
    if (!optional) return 'but that dependency is not optional'
    return map.has(value.name) ? undefined : 'an optional dependency without an implicit feature'
  }
  if (value.kind === 'dep') {
    const optional = optionalByName.get(value.depName)
    if (optional === undefined) return 'but there is no such dependency'
    return optional ? undefined : 'but that dependency is not optional'
  }
  if (value.feature.includes('/')) return 'which has more than one slash'
  if (value.depName.startsWith('dep:')) return 'which has both `dep:` and `/`'
  const optional = optionalByName.get(value.depName)
  if (optional === undefined) return 'but there is no such dependency'
  return value.weak && !optional ? 'with a `?`, but that dependency is not optional' : undefined
}

function refuse(manifest: Manifest, message: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-manifest',
    path: manifest.manifestPath,
    message,
    hint: 'correct the [features] table',
  })
}

/** True if a dependency requests the `default` feature and the package has one. */
export function wantsDefault(dependency: Dependency, features: FeatureMap): boolean {
  return dependency.usesDefaultFeatures && features.has('default')
}
