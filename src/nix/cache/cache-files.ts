/** The files of a binary cache, as Nix lays them out. */

const CACHE_FILE =
  /^(?:nix-cache-info|[0-9a-df-np-sv-z]{32}\.(?:narinfo|ls)|nar\/.+|log\/.+|realisations\/.+|debuginfo\/.+|build-trace(?:-v\d+)?\/.+)$/

/** Whether Nix wrote a file; `path` is relative to the cache. */
export function isCacheFile(path: string): boolean {
  return CACHE_FILE.test(path)
}
