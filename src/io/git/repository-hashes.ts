/**
 * Hashes of the repositories behind git dependencies, as Nix needs them.
 *
 * In: the packages. Out: for each commit, the hash of what nixpkgs' `fetchgit` produces, computed from
 * cargo's own checkout: no network, and no git unless git wrote there. A commit determines its contents, so
 * nothing needs to be kept between runs.
 */
import type { PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { narHash } from './nar-hash.ts'
import type { RepositoryHash } from '../../nix/plan/plan.ts'
import { checkoutTree } from './checkout-tree.ts'

/**
 * Keyed by commit; a vendored repository has none.
 *
 * @param isWanted whether a URL is fetched by hash at all
 * @throws Cargo2NixError `damaged-checkout` if a checkout differs from its commit
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
