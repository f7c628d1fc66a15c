/** By which of Nix's two ways a repository is fetched. */
import type { GitFetcher, Settings } from './settings.ts'

/**
 * The setting for an address: the longest key that it begins with; else `fetchgit`, whose fixed output needs neither
 * network nor git while Nix evaluates. It has no keys for ssh, so there `fetchGit` it is.
 */
export function gitFetcher({ git }: Pick<Settings, 'git'>, url: string): GitFetcher {
  const [best] = Object.keys(git)
    .filter((start) => url.startsWith(start))
    .sort((a, b) => b.length - a.length)
  if (best !== undefined) return git[best]!
  return /^(git\+)?ssh:/.test(url) ? 'fetchGit' : 'fetchgit'
}
