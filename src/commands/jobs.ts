/** `jobs`: prints the targets as CI jobs, without those that a cache already has. */
import { join } from 'node:path'
import { workTreeOf } from '../io/git/work-tree.ts'
import { instantiate, missingPaths, outputsOf } from '../io/nix-store.ts'
import { parseCacheAddress } from '../nix/cache/cache-address.ts'
import { buildJobs, outputAttribute, releaseAttribute, type BuildJob } from '../nix/jobs/build-jobs.ts'
import { githubMatrix, gitlabPipeline } from '../nix/jobs/forge-jobs.ts'
import { Cargo2NixError } from '../errors.ts'
import type { Settings } from '../nix/settings/settings.ts'
import { releasedTargets } from '../nix/plan/planned-release.ts'
import { matrixOf } from '../nix/plan/points.ts'
import { printString } from '../nix/render/print.ts'
import { generatedFolder, type GenerateFlags } from './generated-files.ts'
import { openWorkspace } from './open-workspace.ts'
import type { CommandOutcome, Report } from './outcome.ts'
import { toTable } from './table.ts'
import { workspaceSettings } from './workspace-settings.ts'

export interface JobsFlags extends GenerateFlags {
  readonly attr?: string
  readonly release?: boolean
  readonly github?: boolean
  readonly gitlab?: boolean
  readonly image?: string
  readonly missingFrom?: string
  readonly pkgs?: string
}

/** An image with Nix in it, maintained by the Nix project. */
const DEFAULT_IMAGE = 'nixos/nix'

/**
 * Prints the jobs; asks Nix and the cache only with `--missing-from`.
 *
 * @throws Cargo2NixError `bad-argument`, `unknown-target`, `nix-failed`, `network`
 */
export async function listJobs(flags: JobsFlags, report: Report): Promise<CommandOutcome> {
  const { local } = openWorkspace(flags, report)
  const { settings, notes } = workspaceSettings(local, flags)
  // Hosts are always targets, but when targets are named, only those are meant.
  const wanted = flags.target === undefined ? undefined : settings.targets
  const released = flags.release === true ? targetsOfRelease(settings, local.rootManifestPath) : undefined
  const isWanted = (target: string): boolean =>
    [wanted, released].every((list) => list === undefined || list.includes(target))
  const matrix = matrixOf(settings.hosts, settings.targets)
  const attributeOf = (target: string): string =>
    released === undefined ? outputAttribute(target, flags.attr ?? 'packages') : releaseAttribute(target)
  const all = buildJobs(matrix, attributeOf).filter(({ target }) => isWanted(target))
  const jobs =
    flags.missingFrom === undefined
      ? all
      : await missingJobs(all, flags.missingFrom, { flags, root: local.root, report })
  // A forge's own format wins over --json.
  const result = flags.github === true || flags.gitlab === true ? undefined : jobs
  return { output: printed(jobs, flags, local.root), notes, exitCode: 0, result }
}

/** @throws Cargo2NixError `bad-settings` without the settings of releases */
function targetsOfRelease(settings: Settings, path: string): readonly string[] {
  const released = releasedTargets(settings)
  if (released !== undefined) return released
  throw new Cargo2NixError({
    code: 'bad-settings',
    path,
    message: '`--release`: there is no table `release` in metadata.cargo2nix',
    hint: 'add [workspace.metadata.cargo2nix.release], which may be empty',
  })
}

function printed(jobs: readonly BuildJob[], { github, gitlab, image }: JobsFlags, root: string): string {
  if (github === true) return githubMatrix(jobs)
  if (gitlab === true) return gitlabPipeline(jobs, image ?? DEFAULT_IMAGE, workTreeOf(root)?.prefix ?? '')
  return jobs.length === 0 ? 'no jobs' : toTable(jobs.map((job) => ({ ...job })))
}

/** Those with an output that the cache lacks. */
async function missingJobs(
  jobs: readonly BuildJob[],
  cache: string,
  { flags, root, report }: { readonly flags: JobsFlags; readonly root: string; readonly report: Report },
): Promise<readonly BuildJob[]> {
  const { store, substituter } = parseCacheAddress(cache)
  const file = join(generatedFolder(root, flags), 'Cargo.nix')
  const missing: BuildJob[] = []
  for (const job of jobs) {
    report(`asking ${substituter} for ${job.target}`)
    const input = inputOf(job, file, flags.pkgs ?? 'import <nixpkgs>')
    const hint =
      'name a package set for its system with `--pkgs`, or the targets that you build with `--target`'
    const outputs = await outputsOf(await instantiate(input, job.attribute, hint))
    if ((await missingPaths(outputs, store)).length > 0) missing.push(job)
  }
  return missing
}

/** @param pkgs a package set, or a function from `{ system; }` to one */
function inputOf(
  { system, attribute }: BuildJob,
  file: string,
  pkgs: string,
): { readonly source: { readonly expression: string }; readonly attributes: readonly string[] } {
  const expression = `let given = ${pkgs}; pkgs = if builtins.isFunction given then given { system = ${printString(system)}; } else given; in import (/. + ${printString(file)}) { inherit pkgs; }`
  return { source: { expression }, attributes: [attribute] }
}
