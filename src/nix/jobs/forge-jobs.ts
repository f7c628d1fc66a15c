/**
 * Formats jobs for forges.
 *
 * In: jobs. Out: JSON. For GitHub and Forgejo it is a value of `strategy.matrix`, read by `fromJSON`; for
 * GitLab a child pipeline, since JSON is also YAML.
 */
import { shellWord } from '../../shell-word.ts'
import type { BuildJob } from './build-jobs.ts'
import { changeTo } from './project-files.ts'

/**
 * `{"include": [...]}`; an empty list if there are no jobs, so the job needs an `if` to guard against that.
 */
export function githubMatrix(jobs: readonly BuildJob[]): string {
  return JSON.stringify({ include: jobs })
}

/** A release is named after the tag. */
const OF_TAG =
  '${CI_COMMIT_TAG:+--argstr releaseRef "$CI_COMMIT_TAG" --argstr releaseCommit "$CI_COMMIT_SHA"}'

/**
 * A pipeline with one job per target. The variable CARGO2NIX comes from the pipeline above it.
 *
 * @param image that contains Nix
 * @param directory of the workspace in the repository; empty for its root
 */
export function gitlabPipeline(jobs: readonly BuildJob[], image: string, directory: string): string {
  const entries = jobs.map(({ target, system, attribute }) => [
    `build:${target}`,
    {
      image,
      stage: 'build',
      tags: [system],
      ...(directory === '' ? {} : { before_script: [changeTo(directory)] }),
      script: [
        `nix-build nix/Cargo.nix --arg pkgs 'import <nixpkgs> { }' ${OF_TAG} --attr ${shellWord(attribute)}`,
        `if [ -n "\${CACHE:-}" ]; then nix run "\${CARGO2NIX:?a flake reference to cargo2nix-ts}" -- cache push --to "$CACHE" --sign-key "$CACHE_KEY" --attr ${shellWord(attribute)}; fi`,
      ],
    },
  ])
  const all =
    entries.length === 0 ? [['nothing-to-build', { script: ['echo every target is in the cache'] }]] : entries
  return JSON.stringify({ stages: ['build'], ...Object.fromEntries(all) }, undefined, 2)
}
