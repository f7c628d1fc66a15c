/**
 * `init`: adds the files that a workspace needs to be built by Nix, and generates. Writes only what is
 * missing.
 */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Manifest } from '../cargo/manifest/manifest.ts'
import type { LocalWorkspace } from '../cargo/workspace/workspace.ts'
import { Cargo2NixError } from '../errors.ts'
import { workTreeOf, type WorkTree } from '../io/git/work-tree.ts'
import { readProjectTemplate } from '../io/project-templates.ts'
import { readPin } from '../io/toolchain/read-pin.ts'
import { writeNewFile } from '../io/write-files.ts'
import {
  defaultNixText,
  flakeText,
  FORGE_FILES,
  forgeText,
  isForge,
  UNKNOWN_FLAKE,
  type Forge,
} from '../nix/jobs/project-files.ts'
import { buildJobs, releaseAttribute, systemOf } from '../nix/jobs/build-jobs.ts'
import { releasedTargets } from '../nix/plan/planned-release.ts'
import { matrixOf } from '../nix/plan/points.ts'
import type { Settings } from '../nix/settings/settings.ts'
import { requestToolchain } from '../nix/toolchain/toolchain-request.ts'
import { generate } from './generate.ts'
import { generatedFolder, type GenerateFlags } from './generated-files.ts'
import { nextCommands } from './next-commands.ts'
import { openWorkspace } from './open-workspace.ts'
import type { CommandOutcome, Report } from './outcome.ts'
import { workspaceSettings } from './workspace-settings.ts'

export interface InitFlags extends GenerateFlags {
  readonly ci?: string
  readonly flakeRef?: string
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
  const workTree = workTreeOf(root)
  const { settings } = workspaceSettings(local, flags)
  const forge = flags.ci === undefined ? undefined : checkedForge(flags.ci)
  const flake = checkedFlakeRef(flags.flakeRef)
  const generatedAt = relative(root, generatedFolder(root, flags))
  const nixFile =
    flags.flake === false
      ? { path: 'default.nix', text: defaultNixText(program, generatedAt) }
      : {
          path: 'flake.nix',
          text: flakeText(readProjectTemplate('workspace/flake.nix'), {
            program,
            generatedAt,
            systems: [...new Set(settings.hosts.map(systemOf))],
          }),
        }
  const ciFiles =
    forge === undefined
      ? []
      : forgeFiles(forge, {
          settings,
          workTree,
          flake,
          generatedAt,
        })
  const files: readonly ProjectFile[] = [nixFile, ...ciFiles]
  const paths = files.map(({ path }) => path)
  if (flags.dryRun === true) return planned(root, paths, generatedAt)
  const written = files.flatMap(({ path, text }) => (writeNewFile(join(root, path), text) ? [path] : []))
  const kept = paths.filter((path) => !written.includes(path))
  const generated = await generate(flags, report)
  const next = nextCommands({
    root,
    program,
    toolchain: unpinned(local, settings, generatedFolder(root, flags)),
    workTree,
    nixFile: nixFile.path,
    isKept: kept.includes(nixFile.path),
    generatedAt,
    ciFiles: ciFiles.map(({ path }) => path),
  })
  const unfinished = flags.flakeRef === undefined ? written.filter((path) => path !== nixFile.path) : []
  return {
    output: [
      ...paths.map((path) =>
        written.includes(path) ? `wrote ${shown(root, path)}` : `kept ${shown(root, path)}, which exists`,
      ),
      generated.output,
      '',
      'Next:',
      ...next.map((command) => `  ${command}`),
    ].join('\n'),
    notes: [...generated.notes, ...notesOnPlaceholder(unfinished.map((path) => shown(root, path)))],
    exitCode: 0,
    result: { written, kept, generated: generated.result, next },
  }
}

/** A path as the user would type it in the current directory. */
function shown(root: string, path: string): string {
  return relative(process.cwd(), join(root, path))
}

/** What `--dry-run` prints. */
function planned(root: string, paths: readonly string[], generatedAt: string): CommandOutcome {
  const kept = paths.filter((path) => existsSync(join(root, path)))
  const lines = paths.map((path) =>
    kept.includes(path)
      ? `would keep ${shown(root, path)}, which exists`
      : `would write ${shown(root, path)}`,
  )
  const output = [...lines, `would generate ${shown(root, generatedAt)}/`].join('\n')
  const result = { written: paths.filter((path) => !kept.includes(path)), kept }
  return { output, notes: [], exitCode: 0, result }
}

interface ForgeContext {
  readonly settings: Settings
  readonly workTree: WorkTree | undefined
  /** A flake reference to this program. */
  readonly flake: string
  /** Of the generated files, relative to the workspace's root. */
  readonly generatedAt: string
}

/** @throws Cargo2NixError `bad-argument` if the generated files are not where CI looks for them */
function forgeFiles(
  forge: Forge,
  { settings, workTree, flake, generatedAt }: ForgeContext,
): readonly ProjectFile[] {
  if (generatedAt !== 'nix')
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: '--ci: its jobs look for generated files in `nix`, so it goes without --out',
      hint: 'leave out --out, or write the configuration yourself',
    })
  const jobs = buildJobs(matrixOf(settings.hosts, settings.targets), releaseAttribute)
  const released = releasedTargets(settings)
  const onLinux = jobs.filter(({ system }) => system === 'x86_64-linux').map(({ target }) => target)
  const directory = workTree?.prefix ?? ''
  const facts = { flake, directory, targets: released ?? onLinux, hasReleases: released !== undefined }
  return FORGE_FILES[forge]
    .filter(({ isForReleases }) => isForReleases !== true || facts.hasReleases)
    .map(({ path, template }) => ({
      // Forges read the repository's root only.
      path: join(workTree?.top ?? '', path),
      text: forgeText(forge, readProjectTemplate(template), facts),
    }))
}

/** The only member, or the only one that has binaries; undefined if there are several. */
function onlyProgram(members: readonly Manifest[]): string | undefined {
  const programs = members.filter(({ targets }) => targets.some(({ kind }) => kind === 'bin'))
  const built = programs.length === 0 ? members : programs
  return built.length === 1 ? built[0]?.name : undefined
}

/** The file that requests a Rust which nixpkgs may not have; undefined if that is settled. */
function unpinned(local: LocalWorkspace, settings: Settings, folder: string): string | undefined {
  const { provider, channel, from } = requestToolchain(settings.toolchain, local.toolchainFile, local.root)
  const isAnyStable = channel?.track === undefined || channel.name === 'stable'
  return provider !== undefined || isAnyStable || readPin(folder) !== undefined ? undefined : from
}

/** CI cannot run before the reference is filled in. */
function notesOnPlaceholder(paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return []
  return [
    `note: ${UNKNOWN_FLAKE} in ${paths.join(', ')} is a placeholder: replace it with a flake reference to cargo2nix-ts (--flake-ref would have written it)`,
  ]
}

/** @throws Cargo2NixError `bad-argument` for what shells or YAML would read as something else */
function checkedFlakeRef(reference: string | undefined): string {
  if (reference === undefined) return UNKNOWN_FLAKE
  if (/^[\w.~/][\w.~/+:@?=&%#^,!*-]*$/.test(reference)) return reference
  throw new Cargo2NixError({
    code: 'bad-argument',
    message: `--flake-ref: ${JSON.stringify(reference)} is not a flake reference`,
    hint: 'pass one such as github:OWNER/cargo2nix-ts or git+https://HOST/PATH; spaces are written as %20',
  })
}

function checkedForge(name: string): Forge {
  if (isForge(name)) return name
  throw new Cargo2NixError({
    code: 'bad-argument',
    message: `--ci: ${JSON.stringify(name)} is not a known CI`,
    hint: `known are: ${Object.keys(FORGE_FILES).join(', ')}`,
  })
}
