/**
 * The types of what members may inherit, which cargo checks even if nobody inherits it.
 *
 * In: `[workspace]`. Mirrors `InheritablePackage` and `TomlLints` in `cargo-util-schemas` and `verify_lints`
 * of cargo 0.96.
 */
import { parseRustVersion } from '../manifest/edition.ts'
import { checkLints } from '../manifest/lints.ts'
import { checkedVersion } from '../manifest/parse-manifest.ts'
import { placeOf, stringAt, stringsAt, tableAt, type TomlPlace, type TomlTable } from '../toml-value.ts'

const STRINGS = [
  'description',
  'documentation',
  'edition',
  'homepage',
  'license',
  'license-file',
  'repository',
]
const LISTS = ['authors', 'categories', 'exclude', 'include', 'keywords']

/** @throws Cargo2NixError `bad-manifest`, naming the key */
export function checkInheritable(workspace: TomlTable, place: TomlPlace): void {
  const table = tableAt(workspace, 'package', place) ?? {}
  const here = placeOf(place, 'package')
  for (const key of STRINGS) stringAt(table, key, here)
  for (const key of LISTS) stringsAt(table, key, here)
  if (typeof table['publish'] !== 'boolean') stringsAt(table, 'publish', here)
  if (typeof table['readme'] !== 'boolean') stringAt(table, 'readme', here)
  const version = stringAt(table, 'version', here)
  if (version !== undefined) checkedVersion(version, here)
  const rustVersion = stringAt(table, 'rust-version', here)
  if (rustVersion !== undefined) parseRustVersion(rustVersion, undefined, here, 'rust-version')
  checkLints(tableAt(workspace, 'lints', place) ?? {}, placeOf(place, 'lints'))
}
