/**
 * Which target features bring others along.
 *
 * In: the name of a feature as in `-C target-feature=+avx2`. Out: the stable features that come or go with it.
 * The data, `target-features.json`, is written by `scripts/update-target-cfgs.mjs`, where its format stands.
 */
import implications from './target-features.json' with { type: 'json' }

type FeatureTable = Readonly<Record<string, string>>

const byArch: Readonly<Record<string, FeatureTable>> = implications

/** The features of a `target_arch`. */
export function featureTable(arch: string): FeatureTable {
  return Object.hasOwn(byArch, arch) ? (byArch[arch] ?? {}) : {}
}

/** What `+feature` sets: itself unless it is unstable, and all that it needs. */
export function setBy(table: FeatureTable, feature: string): readonly string[] {
  if (Object.hasOwn(table, feature)) return [feature, ...words(table[feature])]
  return words(table[`(${feature})`])
}

/** What `-feature` removes: itself, and all that need it. */
export function removedBy(table: FeatureTable, feature: string): readonly string[] {
  if (!Object.hasOwn(table, feature)) return words(table[`-(${feature})`])
  return Object.keys(table).filter((other) => setBy(table, other).includes(feature))
}

function words(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split(' ')
}
