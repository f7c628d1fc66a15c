/**
 * The pipeline that `generate` and `check` share: from the workspace to the files it should have.
 *
 * For `check` it stops half-way: the workspace's own files decide whether the rest is needed at all.
 */
import { isAbsolute, join, relative, resolve } from 'node:path'
import { buildPackageGraph } from '../cargo/resolve/build-package-graph.ts'
import { compareVersions, isVersion } from '../cargo/ids/version-req.ts'
import {
  nightlyFeatures,
  refuseStableToolchain,
  refuseUnsupported,
} from '../cargo/workspace/nightly-features.ts'
import { newerRules, refuseOlderCargo } from '../cargo/workspace/newer-rules.ts'
import type { LocalWorkspace } from '../cargo/workspace/workspace.ts'
import { repositoryHashes } from '../io/git/repository-hashes.ts'
import type { OpenedWorkspace } from '../io/workspace/read-workspace.ts'
import { readPin } from '../io/toolchain/read-pin.ts'
import { fixedFiles } from './fixed-files.ts'
import { gitFetcher } from '../nix/settings/git-fetcher.ts'
import { inputsDigest } from '../nix/render/inputs-digest.ts'
import type { NixFile } from '../nix/render/nix-file.ts'
import { notesOnConfiguredTargets } from '../nix/plan/configured-targets.ts'
import { notesOnIdleMembers } from '../nix/plan/idle-members.ts'
import { notesOnIdleSettings } from '../nix/plan/idle-settings.ts'
import { notesOnVendoredElsewhere } from '../nix/plan/vendored-elsewhere.ts'
import {
  followedBy,
  knownNightly,
  knownRelease,
  notesOnPassedOver,
  notesOnRustVersions,
} from '../nix/toolchain/toolchain-age.ts'
import { planNix, type NixPlan } from '../nix/plan/plan.ts'
import { renderCrates } from '../nix/render/render-crates.ts'
import { renderToolchain } from '../nix/render/render-toolchain.ts'
import type { Settings } from '../nix/settings/settings.ts'
import { sealDigest, sealFiles, UNINDEXED } from '../nix/render/seal.ts'
import type { ToolchainPin } from '../nix/toolchain/toolchain-pin.ts'
import { chooseToolchain, requestToolchain } from '../nix/toolchain/toolchain-request.ts'
import { refuseMissingTargets } from '../io/workspace/missing-targets.ts'
import { rulesDigest } from '../rules-digest.ts'
import { notesOnLeftAside, openWorkspace, warningsOf, type WorkspaceFlags } from './open-workspace.ts'
import { programVersion } from '../version.ts'
import type { Report } from './outcome.ts'
import { workspaceSettings } from './workspace-settings.ts'

export interface GenerateFlags extends WorkspaceFlags {
  readonly out?: string
  readonly host?: readonly string[]
}

export interface GeneratedFiles {
  /** Absolute. */
  readonly folder: string
  readonly files: readonly NixFile[]
  readonly plan: NixPlan
  readonly staleToolchain: readonly string[]
  readonly notes: readonly string[]
}

/** What is known about the files before reading the packages from registries and git repositories. */
export interface FilesToGenerate {
  /** Absolute. */
  readonly folder: string
  readonly local: LocalWorkspace
  readonly settings: Settings
  /** `inputsDigest` of everything that goes into the files. */
  readonly inputs: string
  /** How the pinned toolchain differs from the requested one; `generate` alone cannot fix that. */
  readonly staleToolchain: readonly string[]
  /** Notes known so far; `generate` repeats them. */
  readonly notes: readonly string[]
  /** Where registries serve their downloads, as far as this machine knows; keyed by index. */
  readonly downloads: OpenedWorkspace['downloads']
  /** Whether the text of a sealed `Cargo.nix` was generated with the registries' indexes as they are here. */
  readonly isMadeOfIndexes: (text: string) => boolean
  /** Resolves and renders; writes nothing. */
  readonly generate: () => Promise<GeneratedFiles>
}

/**
 * Reads the workspace itself. `newPin` replaces the pinned toolchain on disk.
 *
 * @throws Cargo2NixError for everything there that keeps the workspace from being generated.
 */
export function filesToGenerate(
  flags: GenerateFlags,
  report: Report,
  newPin?: ToolchainPin,
): FilesToGenerate {
  const timed = stopwatch(flags.verbose === true)
  const opened = openWorkspace(flags, report)
  const { local, load } = opened
  const leftAside = notesOnLeftAside(opened)
  refuseMissingTargets(local)
  const { settings, notes } = workspaceSettings(local, flags)
  const folder = generatedFolder(local.root, flags)
  const rootPath = nixPathTo(folder, local.root)
  const toolchain = chooseToolchain(
    requestToolchain(settings.toolchain, local.toolchainFile, local.root),
    newPin ?? readPin(folder),
    settings,
  )
  const inputs = inputsDigest({ local, settings, rootPath, toolchain: toolchain.choice })
  timed.lap('read the workspace')
  return {
    folder,
    local,
    settings,
    inputs,
    staleToolchain: toolchain.stale,
    notes: leftAside,
    downloads: opened.downloads,
    isMadeOfIndexes: (text) => opened.isMadeOfIndexes(sealDigest(text)),
    generate: async () => {
      const cargo = followedBy(toolchain.choice)
      const workspace = await load([...settings.hosts, ...settings.targets], cargo)
      timed.lap('read the packages')
      refuseOlderCargo(newerRules(workspace), knownRelease(toolchain.choice))
      refuseStableToolchain(nightlyFeatures(workspace), knownRelease(toolchain.choice))
      refuseUnsupported(workspace, knownNightly(toolchain.choice))
      report('resolving features and units')
      const graph = buildPackageGraph(workspace)
      timed.lap('join')
      const isHashed = (url: string): boolean => gitFetcher(settings, url) === 'fetchgit'
      const repositories = await repositoryHashes(graph, isHashed, report)
      timed.lap('hash repositories')
      const plan = planNix(graph, settings, repositories)
      timed.lap('plan')
      const rendered = [
        { path: 'Cargo.nix', text: renderCrates(plan, rootPath, settings.runtime) },
        { path: 'toolchain.nix', text: renderToolchain(plan, toolchain.choice, settings.runtime) },
      ]
      const rules = workspace.unindexed.length === 0 ? rulesDigest : UNINDEXED
      const sealed = sealFiles(rendered, inputs, rules)
      const files = [...sealed, ...fixedFiles(settings.runtime)]
      opened.keepMadeOfIndexes(sealDigest(sealed[0]!.text))
      timed.lap('render')
      const warnings = warningsOf({ warnings: [...workspace.warnings, ...plan.env.warnings] })
      return {
        folder,
        files,
        plan,
        staleToolchain: toolchain.stale,
        notes: [
          ...leftAside,
          ...warnings,
          ...notesOnPassedOver(workspace, toolchain.choice),
          ...notesOnRustVersions(plan, toolchain.choice),
          ...notesOnIdleMembers(plan),
          ...notesOnVendoredElsewhere(plan),
          ...notesOnIdleSettings(plan, settings),
          ...notesOnConfiguredTargets(plan),
          ...notes,
          ...toolchain.notes,
          ...timed.lines,
        ],
      }
    },
  }
}

/**
 * Reads, resolves and renders; writes nothing.
 *
 * @throws Cargo2NixError for everything that keeps the workspace from being generated.
 */
export function generatedFiles(
  flags: GenerateFlags,
  report: Report,
  newPin?: ToolchainPin,
): Promise<GeneratedFiles> {
  return filesToGenerate(flags, report, newPin).generate()
}

/** Whether the version in a header is newer than this one. */
export function isNewerTool(version: string): boolean {
  return isVersion(version) && compareVersions(version, programVersion) > 0
}

/** Where the generated files are, or will be; absolute. */
export function generatedFolder(root: string, flags: GenerateFlags): string {
  return flags.out === undefined ? join(root, 'nix') : resolve(flags.out)
}

/** The workspace's directory as a Nix path, relative to a generated file; the same on every machine. */
function nixPathTo(folder: string, root: string): string {
  const path = relative(folder, root)
  if (isAbsolute(path)) return `/. + ${JSON.stringify(path)}`
  if (path === '') return './.'
  return /^[\w./+-]+$/.test(path)
    ? `${path}/.`
    : `./. + ${JSON.stringify(`/${path}`).replaceAll('${', '\\${')}`
}

interface Stopwatch {
  readonly lap: (name: string) => void
  readonly lines: readonly string[]
}

/** For `performance`, Node loads ten modules. */
function milliseconds(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

function stopwatch(enabled: boolean): Stopwatch {
  const lines: string[] = []
  let last = milliseconds()
  return {
    lines,
    lap(name) {
      const now = milliseconds()
      if (enabled) lines.push(`${name}: ${(now - last).toFixed(0)} ms`)
      last = now
    },
  }
}
