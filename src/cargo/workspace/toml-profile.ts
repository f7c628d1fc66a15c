/**
 * `[profile.X]` from a manifest or the configuration.
 *
 * In: the table `profile`. Out: profiles by name, with the many spellings of `debug` and `opt-level`
 * normalized.
 * Mirrors `TomlProfile` of cargo-util-schemas 0.13 and `validate_profile` in `util/toml/mod.rs` of cargo 0.96.
 * `profile.ts` decides how profiles inherit and merge.
 */
import { parsePackageIdSpec, printPackageIdSpec } from '../ids/package-id-spec.ts'
import { checkProfileName } from '../ids/restricted-names.ts'
import {
  booleanAt,
  failAt,
  integerAt,
  locateErrors,
  mismatch,
  placeOf,
  sortedKeys,
  stringAt,
  stringsAt,
  tableAt,
  type TomlPlace,
  type TomlTable,
} from '../toml-value.ts'
import type { TomlProfile } from './workspace.ts'
import { recordOf } from '../../record.ts'

/** Which part of a profile a table is: overrides allow fewer keys. */
type ProfileLayer = 'profile' | 'package' | 'build-override'

const DEBUG_LEVELS: Readonly<Record<string, number | string>> = {
  none: 0,
  limited: 1,
  full: 2,
  'line-tables-only': 'line-tables-only',
  'line-directives-only': 'line-directives-only',
}

const UNSTABLE_KEYS = ['rustflags', 'codegen-backend', 'trim-paths']

/** What allows a key: an entry of `cargo-features` in the root manifest, or a switch in `[unstable]`. */
const ALLOWED_BY: ReadonlyMap<string, string> = new Map([
  ['rustflags', 'profile-rustflags'],
  ['codegen-backend', 'codegen-backend'],
])

/** The unstable keys that a workspace allows: keys of a profile. */
export type AllowedKeys = ReadonlySet<string>

/** @param isOn whether the configuration turns a feature on */
export function allowedKeys(
  document: TomlTable,
  place: TomlPlace,
  isOn: (feature: string) => boolean,
): AllowedKeys {
  const features = stringsAt(document, 'cargo-features', place) ?? []
  const allowed = [...ALLOWED_BY].filter(([, feature]) => features.includes(feature) || isOn(feature))
  return new Set(allowed.map(([key]) => key))
}

/**
 * Parses `[profile]` of a document.
 *
 * @param place of the document
 * @throws Cargo2NixError if cargo refuses it
 */
export function parseProfiles(
  document: TomlTable,
  place: TomlPlace,
  allowed: AllowedKeys,
): Readonly<Record<string, TomlProfile>> {
  const table = tableAt(document, 'profile', place) ?? {}
  const here = placeOf(place, 'profile')
  const profiles = sortedKeys(table).map((name) => {
    checkProfileName(name, here, name)
    const layer = { layer: 'profile', allowed } as const
    return [name, parseLayer(tableAt(table, name, here) ?? {}, layer, placeOf(here, name))] as const
  })
  return recordOf(profiles)
}

/** Parses one profile from the configuration; cargo does not check its name. */
export function parseProfile(table: TomlTable, place: TomlPlace, allowed: AllowedKeys): TomlProfile {
  return parseLayer(table, { layer: 'profile', allowed }, place)
}

interface Layer {
  readonly layer: ProfileLayer
  readonly allowed: AllowedKeys
}

function parseLayer(table: TomlTable, { layer, allowed }: Layer, place: TomlPlace): TomlProfile {
  refuseKeys(table, { layer, allowed }, place)
  // Stable cargo ignores it, but checks its type.
  booleanAt(table, 'hint-mostly-unused', place)
  const panic = stringAt(table, 'panic', place)
  if (panic !== undefined && panic !== 'unwind' && panic !== 'abort') {
    failAt(place, 'panic', `${JSON.stringify(panic)} is not \`unwind\` or \`abort\``)
  }
  return withoutUndefined({
    inherits: stringAt(table, 'inherits', place),
    optLevel: optLevelOf(table, place),
    lto: ltoOf(table, place),
    codegenBackend: withoutNul(stringAt(table, 'codegen-backend', place), 'codegen-backend', place),
    codegenUnits: integerAt(table, 'codegen-units', place, 2 ** 32 - 1),
    debug: debugOf(table, place),
    splitDebuginfo: withoutNul(stringAt(table, 'split-debuginfo', place), 'split-debuginfo', place),
    debugAssertions: booleanAt(table, 'debug-assertions', place),
    rpath: booleanAt(table, 'rpath', place),
    panic,
    overflowChecks: booleanAt(table, 'overflow-checks', place),
    incremental: booleanAt(table, 'incremental', place),
    strip: stringOrBoolean(table, 'strip', place),
    rustflags: flagsOf(table, place),
    package: packageOverrides(table, allowed, place),
    buildOverride: buildOverride(table, allowed, place),
  })
}

function refuseKeys(table: TomlTable, { layer, allowed }: Layer, place: TomlPlace): void {
  const nested = layer === 'profile' ? ['dir-name'] : ['package', 'build-override', 'panic', 'lto', 'rpath']
  const forbidden = nested.find((key) => table[key] !== undefined)
  if (forbidden !== undefined) failAt(place, forbidden, 'cargo does not allow this key here', 'remove it')
  const unstable = UNSTABLE_KEYS.find((key) => table[key] !== undefined && !allowed.has(key))
  if (unstable === undefined) return
  const feature = ALLOWED_BY.get(unstable)
  const allowing =
    feature === undefined
      ? ''
      : `, or take a nightly toolchain and write \`cargo-features = ["${feature}"]\` in the root manifest`
  failAt(place, unstable, 'is unstable, so stable cargo refuses it', `remove it${allowing}`)
}

/** Keyed by specification: of two spellings of one, the later table wins. */
function packageOverrides(table: TomlTable, allowed: AllowedKeys, place: TomlPlace): TomlProfile['package'] {
  const packages = tableAt(table, 'package', place)
  if (packages === undefined) return undefined
  const here = placeOf(place, 'package')
  const overrides = Object.keys(packages).map((text) => {
    const override = tableAt(packages, text, here) ?? {}
    return [
      specAt(text, here),
      parseLayer(override, { layer: 'package', allowed }, placeOf(here, text)),
    ] as const
  })
  return recordOf(overrides)
}

function specAt(text: string, place: TomlPlace): string {
  if (text === '*') return text
  return printPackageIdSpec(locateErrors(place, text, () => parsePackageIdSpec(text)))
}

function buildOverride(table: TomlTable, allowed: AllowedKeys, place: TomlPlace): TomlProfile | undefined {
  const override = tableAt(table, 'build-override', place)
  return (
    override && parseLayer(override, { layer: 'build-override', allowed }, placeOf(place, 'build-override'))
  )
}

function optLevelOf(table: TomlTable, place: TomlPlace): string | undefined {
  const value = table['opt-level']
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value)) return String(value)
  if (value === 's' || value === 'z') return value
  return mismatch(value, '0, 1, 2, 3, "s" or "z"', place, 'opt-level')
}

function ltoOf(table: TomlTable, place: TomlPlace): boolean | string | undefined {
  const lto = stringOrBoolean(table, 'lto', place)
  if (lto === 'true' || lto === 'false')
    failAt(place, 'lto', 'is a boolean in quotes', `write \`lto = ${lto}\``)
  return lto
}

function debugOf(table: TomlTable, place: TomlPlace): number | string | undefined {
  const value = table['debug']
  if (value === undefined) return undefined
  if (typeof value === 'boolean') return value ? 2 : 0
  if (value === 0 || value === 1 || value === 2) return value
  const level =
    typeof value === 'string' && Object.hasOwn(DEBUG_LEVELS, value) ? DEBUG_LEVELS[value] : undefined
  const expected =
    'a boolean, 0, 1, 2, "none", "limited", "full", "line-tables-only" or "line-directives-only"'
  return level ?? mismatch(value, expected, place, 'debug')
}

function stringOrBoolean(table: TomlTable, key: string, place: TomlPlace): string | boolean | undefined {
  const value = table[key]
  if (value === undefined || typeof value === 'boolean') return value
  if (typeof value === 'string') return withoutNul(value, key, place)
  return mismatch(value, 'a string or a boolean', place, key)
}

function flagsOf(table: TomlTable, place: TomlPlace): readonly string[] | undefined {
  const flags = stringsAt(table, 'rustflags', place)
  for (const flag of flags ?? []) withoutNul(flag, 'rustflags', place)
  return flags
}

/** Rustc gets the value as an argument, which cannot hold one. */
function withoutNul<T extends string | undefined>(value: T, key: string, place: TomlPlace): T {
  return value?.includes('\0') === true ? failAt(place, key, 'has a NUL character') : value
}

/** Drops keys that were not given, so that an unset key is absent. */
function withoutUndefined(profile: {
  readonly [K in keyof TomlProfile]?: TomlProfile[K] | undefined
}): TomlProfile {
  return recordOf(Object.entries(profile).filter(([, value]) => value !== undefined)) as TomlProfile
}
