/**
 * Which target features imply others.
 *
 * In: the name of a feature as in `-C target-feature=+avx2`. Out: the stable features that are set or cleared
 * with it.
 * `scripts/update-target-cfgs.mjs` writes the data, `target-features.json`, and documents its format.
 */
import implications from './target-features.json' with { type: 'json' }

type FeatureTable = Readonly<Record<string, string>>

const byArch: Readonly<Record<string, FeatureTable>> = implications

/** The features of a `target_arch`. */
export function featureTable(arch: string): FeatureTable {
  return Object.hasOwn(byArch, arch) ? (byArch[arch] ?? {}) : {}
}

/** What `+feature` sets: itself unless it is unstable, and everything it requires. */
export function setBy(table: FeatureTable, feature: string): readonly string[] {
  if (Object.hasOwn(table, feature)) return [feature, ...words(table[feature])]
  return words(table[`(${feature})`])
}

/** What `-feature` clears: itself, and everything that requires it. */
export function removedBy(table: FeatureTable, feature: string): readonly string[] {
  if (!Object.hasOwn(table, feature)) return words(table[`-(${feature})`])
  return Object.keys(table).filter((other) => setBy(table, other).includes(feature))
}

function words(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split(' ')
}
