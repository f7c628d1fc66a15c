/** Which of Nix's two fetchers to use for a git repository. */
import type { GitFetcher, Settings } from './settings.ts'

/**
 * The setting for a URL: the longest key that is a prefix of it; else `fetchgit`, whose fixed output needs
 * neither network nor git during evaluation. It has no keys for ssh, so ssh URLs use `fetchGit`.
 */
export function gitFetcher({ git }: Pick<Settings, 'git'>, url: string): GitFetcher {
  const [best] = Object.keys(git)
    .filter((start) => url.startsWith(start))
    .sort((a, b) => b.length - a.length)
  if (best !== undefined) return git[best]!
  return /^(git\+)?ssh:/.test(url) ? 'fetchGit' : 'fetchgit'
}
