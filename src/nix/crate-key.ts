/** How a package is named in the generated crate set and in the store. */
import { sourceKey } from '../cargo/source-id.ts'
import type { Package } from '../cargo/package-graph.ts'

/**
 * A key for each package: `name-version`, and where several sources have the same, a part that tells them apart.
 * Deterministic: it depends on the packages only, not on their order.
 */
export function crateKeys(packages: readonly Package[]): ReadonlyMap<Package, string> {
  const count = new Map<string, number>()
  for (const item of packages) count.set(plainKey(item), (count.get(plainKey(item)) ?? 0) + 1)
  const keys = new Map<Package, string>()
  const taken = new Set<string>()
  for (const item of packages) {
    const plain = plainKey(item)
    const isPlain = count.get(plain) === 1 || item.isMember || isFirstRegistry(item, packages)
    const key = isPlain && !taken.has(plain) ? plain : `${plain}-${suffixOf(item)}`
    keys.set(item, taken.has(key) ? `${key}-${taken.size}` : key)
    taken.add(keys.get(item)!)
  }
  return keys
}

function plainKey({ name, version }: Package): string {
  return `${name}-${version}`
}

/** Without a member of that name, the package of a registry keeps the short key. */
function isFirstRegistry(item: Package, packages: readonly Package[]): boolean {
  const same = packages.filter((other) => plainKey(other) === plainKey(item))
  if (same.some((other) => other.isMember)) return false
  return same.find((other) => other.source.kind === 'registry' || other.source.kind === 'sparse') === item
}

function suffixOf({ source }: Package): string {
  if (source.kind === 'git') return `git-${(source.commit ?? '').slice(0, 7)}`
  if (source.kind === 'path') return 'path'
  return sourceKey(source)
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
