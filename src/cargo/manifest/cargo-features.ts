/** `cargo-features`: the names that cargo 0.100 knows (`core/features.rs`); it refuses all others. */
import { failAt, stringsAt, type TomlPlace, type TomlTable } from '../toml-value.ts'

/** They no longer mean anything. */
export const STABLE_FEATURES: readonly string[] = [
  'alternative-registries',
  'default-run',
  'edition',
  'edition2021',
  'edition2024',
  'named-profiles',
  'profile-overrides',
  'rename-dependency',
  'resolver',
  'rust-version',
  'strip',
  'test-dummy-stable',
  'workspace-inheritance',
]

/** Only a nightly cargo accepts them. */
const UNSTABLE_FEATURES: readonly string[] = [
  'codegen-backend',
  'different-binary-name',
  'metabuild',
  'multiple-build-scripts',
  'open-namespaces',
  'panic-immediate-abort',
  'path-bases',
  'per-package-target',
  'profile-rustflags',
  'public-dependency',
  'test-dummy-unstable',
  'trim-paths',
  'unstable-editions',
]

/**
 * The unstable features that a manifest turns on: a stable cargo refuses it.
 *
 * @throws Cargo2NixError `bad-manifest` for a feature that cargo does not know
 */
export function unstableFeaturesOf(document: TomlTable, place: TomlPlace): readonly string[] {
  const names = stringsAt(document, 'cargo-features', place) ?? []
  const known = [...STABLE_FEATURES, ...UNSTABLE_FEATURES]
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    failAt(place, 'cargo-features', `cargo knows no feature ${JSON.stringify(unknown)}`, 'remove it')
  return names.filter((name) => UNSTABLE_FEATURES.includes(name))
}
