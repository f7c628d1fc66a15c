/**
 * `init`: adds the files that a workspace needs to be built by Nix, and generates. Writes only what is
 * missing.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../cargo/manifest/manifest.ts'
import { Cargo2NixError } from '../errors.ts'
import { readProjectTemplate } from '../io/project-templates.ts'
import { runProgram } from '../io/run-program.ts'
import { writeNewFile } from '../io/write-files.ts'
import {
  defaultNixText,
  flakeText,
  FORGE_FILES,
  forgeOf,
  forgeText,
  isForge,
  type Forge,
} from '../nix/jobs/project-files.ts'
import { generate } from './generate.ts'
import type { GenerateFlags } from './generated-files.ts'
import { buildJobs, releaseAttribute } from '../nix/jobs/build-jobs.ts'
import { releasedTargets } from '../nix/plan/planned-release.ts'
import { matrixOf } from '../nix/plan/points.ts'
import type { Settings } from '../nix/settings/settings.ts'
import { workspaceSettings } from './workspace-settings.ts'
import { openWorkspace } from './open-workspace.ts'
import type { CommandOutcome, Report } from './outcome.ts'

export interface InitFlags extends GenerateFlags {
  readonly ci?: string
  readonly flake?: boolean
  readonly dryRun?: boolean
}

interface ProjectFile {
  /** Relative to the workspace's root. */
  readonly path: string
  readonly text: string
}

/**
 * Inspects the workspace, writes the files, generates, and prints the next command.
 *
 * @throws Cargo2NixError for everything that keeps the workspace from being generated, and for an unknown
 *   forge.
 */
export async function initProject(flags: InitFlags, report: Report): Promise<CommandOutcome> {
  const { local } = openWorkspace(flags, report)
  const { root } = local
  const program = onlyProgram(local.memberManifests)
  const wantsFlake = flags.flake !== false
  const forge = flags.ci === undefined ? undefined : checkedForge(flags.ci)
  const files = [
    wantsFlake
      ? { path: 'flake.nix', text: flakeText(readProjectTemplate('workspace/flake.nix'), program) }
      : { path: 'default.nix', text: defaultNixText(program) },
    ...(forge === undefined ? [] : forgeFiles(forge, workspaceSettings(local, flags).settings)),
  ]
  const paths = files.map(({ path }) => path)
  if (flags.dryRun === true) {
    const kept = paths.filter((path) => existsSync(join(root, path)))
    const written = paths.filter((path) => !kept.includes(path))
    const output = plannedLines(root, files).join('\n')
    return { output, notes: [], exitCode: 0, result: { written, kept } }
  }
  const written = files.flatMap(({ path, text }) => (writeNewFile(join(root, path), text) ? [path] : []))
  const kept = paths.filter((path) => !written.includes(path))
  const generated = await generate(flags, report)
  const next = await nextCommands({ root, program, wantsFlake, forge, files })
  return {
    output: [
      ...paths.map((path) => (written.includes(path) ? `wrote ${path}` : `kept ${path}, which exists`)),
      generated.output,
      '',
      'Next:',
      ...next.map((command) => `  ${command}`),
    ].join('\n'),
    notes: generated.notes,
    exitCode: 0,
    result: { written, kept, generated: generated.result, next },
  }
}

function forgeFiles(forge: Forge, settings: Settings): readonly ProjectFile[] {
  const jobs = buildJobs(matrixOf(settings.hosts, settings.targets), releaseAttribute)
  const released = releasedTargets(settings)
  const onLinux = jobs.filter(({ system }) => system === 'x86_64-linux').map(({ target }) => target)
  const facts = { targets: released ?? onLinux, hasReleases: released !== undefined }
  return FORGE_FILES[forge]
    .filter(({ isForReleases }) => isForReleases !== true || facts.hasReleases)
    .map(({ path, template }) => ({ path, text: forgeText(readProjectTemplate(template), facts) }))
}

function plannedLines(root: string, files: readonly ProjectFile[]): readonly string[] {
  return [
    ...files.map(({ path }) =>
      existsSync(join(root, path)) ? `would keep ${path}, which exists` : `would write ${path}`,
    ),
    'would generate nix/',
  ]
}

/** The only member that has binaries; undefined if there are several, or none. */
function onlyProgram(members: readonly Manifest[]): string | undefined {
  const programs = members.filter(({ targets }) => targets.some(({ kind }) => kind === 'bin'))
  return programs.length === 1 ? programs[0]?.name : undefined
}

function checkedForge(name: string): Forge {
  if (isForge(name)) return name
  throw new Cargo2NixError({
    code: 'bad-argument',
    message: `--ci: ${JSON.stringify(name)} is not a known CI`,
    hint: `known are: ${Object.keys(FORGE_FILES).join(', ')}`,
  })
}

interface Done {
  readonly root: string
  readonly program: string | undefined
  readonly wantsFlake: boolean
  readonly forge: Forge | undefined
  readonly files: readonly ProjectFile[]
}

async function nextCommands({ root, program, wantsFlake, forge, files }: Done): Promise<readonly string[]> {
  const added = ['nix', ...files.map(({ path }) => path)].join(' ')
  const remote = forge === undefined ? await remoteForge(root) : undefined
  return [
    `git add ${added}`,
    ...(wantsFlake
      ? [`nix build${program === undefined ? ' .#MEMBER' : ''}`, 'nix flake check']
      : [`nix-build${program === undefined ? ' --attr packages.MEMBER' : ''}`]),
    ...(remote === undefined || existsSync(join(root, FORGE_FILES[remote][0].path))
      ? []
      : [`cargo2nix-ts init --ci ${remote}`]),
  ]
}

/** The forge that the remote `origin` names; undefined without git, or without such a remote. */
async function remoteForge(root: string): Promise<Forge | undefined> {
  try {
    const { failed, stdout } = await runProgram('git', ['remote', 'get-url', 'origin'], {
      cwd: root,
      hintIfMissing: 'install git',
    })
    return failed ? undefined : forgeOf(stdout.trim())
  } catch {
    return undefined
  }
}
