/**
 * Formats jobs for forges.
 *
 * In: jobs. Out: JSON. For GitHub and Forgejo it is a value of `strategy.matrix`, read by `fromJSON`; for
 * GitLab a child pipeline, since JSON is also YAML.
 */
import { shellWord } from '../../shell-word.ts'
import type { BuildJob } from './build-jobs.ts'

/**
 * `{"include": [...]}`; an empty list if there are no jobs, so the job needs an `if` to guard against that.
 */
export function githubMatrix(jobs: readonly BuildJob[]): string {
  return JSON.stringify({ include: jobs })
}

/**
 * A pipeline with one job per target.
 *
 * @param image that contains Nix
 */
export function gitlabPipeline(jobs: readonly BuildJob[], image: string): string {
  const entries = jobs.map(({ target, system, attribute }) => [
    `build:${target}`,
    {
      image,
      stage: 'build',
      tags: [system],
      script: [`nix-build nix/Cargo.nix --arg pkgs 'import <nixpkgs> { }' --attr ${shellWord(attribute)}`],
    },
  ])
  const all =
    entries.length === 0 ? [['nothing-to-build', { script: ['echo every target is in the cache'] }]] : entries
  return JSON.stringify({ stages: ['build'], ...Object.fromEntries(all) }, undefined, 2)
}
