/**
 * Which names packages, features, targets, profiles and registries may have.
 *
 * In: a name from a file, and its place. Out: nothing, or an `unsafe-name` error that names the wrong
 * character.
 * Mirrors `restricted_names.rs` of cargo-util-schemas 0.13 and of cargo 0.96. Cargo accepts almost any target
 * name. What is compiled has a stricter rule here, since its name becomes the name of files.
 */
import { Cargo2NixError } from '../../errors.ts'
import { dottedKey, type TomlPlace } from '../toml-value.ts'

const RESERVED_PROFILES = new Set(
  (
    'build check clean config fetch fix install metadata package publish report root run rust rustc rustdoc ' +
    'target tmp uninstall build-override'
  ).split(' '),
)

/** Nearly all names: checked at once, not character by character. */
const COMMON_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** The characters allowed in one kind of name. */
interface NameRule {
  readonly what: string
  readonly first: RegExp
  readonly rest: RegExp
}

const PACKAGE: NameRule = {
  what: 'package name',
  first: /^[\p{XID_Start}_]$/u,
  rest: /^[\p{XID_Continue}-]$/u,
}

const REGISTRY: NameRule = { ...PACKAGE, what: 'registry name' }

const FEATURE: NameRule = {
  what: 'feature name',
  first: /^[\p{XID_Start}_0-9]$/u,
  rest: /^[\p{XID_Continue}+.-]$/u,
}

const PROFILE: NameRule = {
  what: 'profile name',
  first: /^[\p{Alphabetic}\p{N}_-]$/u,
  rest: /^[\p{Alphabetic}\p{N}_-]$/u,
}

/** @throws Cargo2NixError unless cargo accepts `name` for a package */
export function checkPackageName(name: string, place: TomlPlace, key: string): void {
  if (COMMON_NAME.test(name)) return
  checkName(name, PACKAGE, place, key)
}

/** @throws Cargo2NixError unless cargo accepts `name` for a registry in `[registries]` */
export function checkRegistryName(name: string, place: TomlPlace, key: string): void {
  checkName(name, REGISTRY, place, key)
}

/** @throws Cargo2NixError unless cargo accepts `name` for a feature */
export function checkFeatureName(name: string, place: TomlPlace, key: string): void {
  if (COMMON_NAME.test(name)) return
  checkName(name, FEATURE, place, key)
}

/** @throws Cargo2NixError unless cargo accepts `name` for a profile */
export function checkProfileName(name: string, place: TomlPlace, key: string): void {
  checkName(name, PROFILE, place, key)
  const lower = name.toLowerCase()
  if (RESERVED_PROFILES.has(lower) || lower.startsWith('cargo')) {
    refuse(place, key, `the profile name \`${name}\` is reserved by cargo`, 'choose another name')
  }
}

/** @throws Cargo2NixError unless cargo accepts `name` for a library, binary, test, example or benchmark */
export function checkTargetName(name: string, place: TomlPlace, key: string): void {
  if (name.trim() === '') refuse(place, key, 'a target name cannot be empty', 'give the target a name')
}

/** @throws Cargo2NixError unless files can have the name of a target; rustc refuses the others, too */
export function checkCompiledName(name: string, place: TomlPlace, key: string): void {
  const bad = /[\p{C}/\\"'`$:;|&<>*?]/u.exec(name)?.[0]
  if (bad !== undefined || name === '.' || name === '..' || name.startsWith('-')) {
    const shown = JSON.stringify(bad ?? name)
    refuse(
      place,
      key,
      `${shown} cannot be in the name of a target that is compiled`,
      'use letters, digits, `-` and `_`',
    )
  }
}

/** Names of directories in cargo's build directory, which a binary must not have. */
export function isConflictingArtifactName(name: string): boolean {
  return name === 'deps' || name === 'examples' || name === 'build' || name === 'incremental'
}

function checkName(name: string, { what, first, rest }: NameRule, place: TomlPlace, key: string): void {
  if (name === '') refuse(place, key, `a ${what} cannot be empty`, `give a ${what}`)
  const characters = [...name]
  const bad = characters.findIndex((character, index) => !(index === 0 ? first : rest).test(character))
  if (bad === -1) return
  const position = bad === 0 ? 'be the first character of' : 'be in'
  const message = `${JSON.stringify(characters[bad])} cannot ${position} a ${what}: ${JSON.stringify(name)}`
  refuse(place, key, message, `use letters, digits, \`-\` and \`_\` in a ${what}`)
}

function refuse(place: TomlPlace, key: string, message: string, hint: string): never {
  const where = dottedKey(place, key)
  throw new Cargo2NixError({
    code: 'unsafe-name',
    message: `\`${where}\`: ${message}`,
    path: place.path,
    hint,
  })
}
