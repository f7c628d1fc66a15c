/** Names packages in the generated crate set and in the store. */
import { gitReferenceQuery, sourceKey } from '../../cargo/ids/source-id.ts'
import { withoutCredentials } from '../../without-credentials.ts'
import type { Package } from '../../cargo/resolve/package-graph.ts'
import { groupBy } from '../../maps.ts'

/**
 * A key for each package, as in the dependency lists of the lockfile: `name` if only one version is locked,
 * else `name-version`, plus distinguishing parts if several sources have the same version. Deterministic: it
 * depends on the packages only, not on their order.
 *
 * @param locked all names of the lockfile: whether a name is unique does not depend on the platform
 */
export function crateKeys(
  packages: readonly Package[],
  locked: readonly { readonly name: string }[],
): ReadonlyMap<Package, string> {
  const lockedTwice = new Set<string>()
  const seen = new Set<string>()
  for (const { name } of locked) (seen.has(name) ? lockedTwice : seen).add(name)
  const groups = groupBy(packages, plainKey)
  const keys = new Map<Package, string>()
  for (const [plain, group] of groups) {
    const main = group.length === 1 ? group[0] : mainPackage(group)
    for (const item of group) {
      const plainOrName = lockedTwice.has(item.name) ? plain : item.name
      keys.set(item, item === main ? plainOrName : `${plain}-${suffixOf(item, group)}`)
    }
  }
  return keys
}

function plainKey({ name, version }: Package): string {
  return `${name}-${version}`
}

/** The package that keeps the short key: a member, else one from a registry. */
function mainPackage(group: readonly Package[]): Package | undefined {
  const isRegistry = ({ source: { kind } }: Package): boolean => kind === 'registry' || kind === 'sparse'
  return group.find(({ isMember }) => isMember) ?? group.find(isRegistry)
}

/** The shortest suffix that no other package of the group has. */
function suffixOf(item: Package, group: readonly Package[]): string {
  const at = (level: number): string => suffixes(item)[level]!
  const isUnique = (level: number): boolean =>
    group.every((other) => other === item || suffixes(other)[level] !== at(level))
  return at([0, 1].find(isUnique) ?? 2)
}

/** From short to exact. A lockfile has one path package per name and version. */
function suffixes({ source }: Package): readonly [string, string, string] {
  if (source.kind === 'path') return ['path', 'path', 'path']
  const address = withoutCredentials(sourceKey(source))
  const exact = words(address)
  if (source.kind !== 'git') return [exact, exact, address]
  const commit = `git-${(source.commit ?? '').slice(0, 7)}`
  const reference = words(gitReferenceQuery(source.reference) ?? 'default')
  return [commit, `${commit}-${reference}`, `${commit}-${exact}`]
}

function words(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')
}
