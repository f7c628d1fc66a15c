/** Refuses two packages that link the same native library: `links` in [package]. */
import { Cargo2NixError } from '../../errors.ts'
import type { Package } from './package-graph.ts'

/**
 * A native library can be linked only once.
 *
 * @throws Cargo2NixError `bad-manifest` if two of the packages have the same `links`.
 */
export function refuseSharedLinks(
  packages: Iterable<Package>,
  key: 'links' | 'resolverLinks' = 'links',
): void {
  const owners = new Map<string, Package>()
  for (const item of packages) {
    const links = item.manifest[key]
    if (links === undefined) continue
    const owner = owners.get(links)
    if (owner === undefined) owners.set(links, item)
    else if (owner !== item) throw sharedLinks(owner, item, links)
  }
}

function sharedLinks(owner: Package, item: Package, links: string): Cargo2NixError {
  const [first, second] = [owner, item].map(({ name, version }) => `\`${name} v${version}\``)
  return new Cargo2NixError({
    code: 'bad-manifest',
    path: item.manifest.manifestPath,
    message: `package.links: ${first} and ${second} both link to the native library \`${links}\``,
    hint: 'a native library can be linked only once: bring both dependents to one version',
  })
}
