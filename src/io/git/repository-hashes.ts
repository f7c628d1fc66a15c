/**
 * Hashes of the repositories that git dependencies come from, as Nix will want them.
 *
 * In: the packages. Out: for each commit the hash of what nixpkgs' `fetchgit` makes of it, from cargo's own checkout: no
 * network, and no git unless it wrote there. A commit says what it holds, so nothing has to be kept from one run to the next.
 */
import type { PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { narHash } from './nar-hash.ts'
import type { RepositoryHash } from '../../nix/plan/plan.ts'
import { checkoutTree } from './checkout-tree.ts'

/**
 * By commit; a repository that is vendored has none.
 *
 * @param isWanted whether an address is fetched by hash at all
 * @throws Cargo2NixError `damaged-checkout` where a checkout does not hold what its commit does
 */
export async function repositoryHashes(
  { packages }: PackageGraph,
  isWanted: (url: string) => boolean,
  onProgress: (message: string) => void,
): Promise<ReadonlyMap<string, RepositoryHash>> {
  const hashes = new Map<string, RepositoryHash>()
  for (const { name, source, checkout } of packages) {
    if (source.kind !== 'git' || source.commit === undefined || checkout === undefined) continue
    if (hashes.has(source.commit) || !isWanted(source.url)) continue
    onProgress(`hashing the repository of ${name}`)
    const { tree, hasSubmodules } = await checkoutTree(checkout, source.commit)
    hashes.set(source.commit, { hash: narHash(tree), hasSubmodules })
  }
  return hashes
}
