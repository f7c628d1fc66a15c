/** The pipeline that `generate` and `check` share: from the workspace to the files that it should have. */
import { isAbsolute, join, relative, resolve } from 'node:path'
import { buildPackageGraph } from '../cargo/package-graph.ts'
import { readTemplates } from '../io/templates.ts'
import type { NixFile } from '../nix/nix-file.ts'
import { planNix, type NixPlan } from '../nix/plan.ts'
import { renderCrates } from '../nix/render-crates.ts'
import { renderToolchain } from '../nix/render-toolchain.ts'
import { parseSettings, type Settings } from '../nix/settings.ts'
import { openWorkspace, resolveTargets, type WorkspaceFlags } from './open-workspace.ts'
import type { Report } from './outcome.ts'

export interface GenerateFlags extends WorkspaceFlags {
  readonly out?: string
  readonly host?: readonly string[]
}

export interface GeneratedFiles {
  /** Absolute. */
  readonly folder: string
  readonly files: readonly NixFile[]
  readonly plan: NixPlan
  readonly notes: readonly string[]
}

/**
 * Reads, resolves and renders; writes nothing.
 *
 * @throws Cargo2NixError for everything that keeps the workspace from being generated.
 */
export async function generatedFiles(flags: GenerateFlags, report: Report): Promise<GeneratedFiles> {
  const timed = stopwatch(flags.verbose === true)
  const { workspace, notes } = await openWorkspace(flags, report)
  timed.lap('read')
  const fromManifest = parseSettings(workspace.settings, workspace.rootManifestPath)
  const { settings, notes: targetNotes } = overrideSettings(fromManifest, flags)
  report('resolving features and units')
  const graph = buildPackageGraph(workspace)
  timed.lap('join')
  const plan = planNix(graph, settings)
  timed.lap('plan')
  const folder = flags.out === undefined ? join(workspace.root, 'nix') : resolve(flags.out)
  const files = [
    { path: 'Cargo.nix', text: renderCrates(plan, nixPathTo(folder, workspace.root)) },
    { path: 'toolchain.nix', text: renderToolchain(plan) },
    ...readTemplates(),
  ]
  timed.lap('render')
  return { folder, files, plan, notes: [...notes, ...targetNotes, ...timed.lines] }
}

interface OverriddenSettings {
  readonly settings: Settings
  readonly notes: readonly string[]
}

function overrideSettings(settings: Settings, flags: GenerateFlags): OverriddenSettings {
  const targets = resolveTargets(flags.target ?? [])
  const hosts = resolveTargets(flags.host ?? [])
  return {
    settings: {
      ...settings,
      targets: flags.target === undefined ? settings.targets : targets.targets,
      hosts: flags.host === undefined ? settings.hosts : hosts.targets,
    },
    notes: [...targets.notes, ...hosts.notes],
  }
}

/** The workspace's folder as a Nix path relative to a generated file; the same on every machine. */
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

function stopwatch(enabled: boolean): Stopwatch {
  const lines: string[] = []
  let last = performance.now()
  return {
    lines,
    lap(name) {
      const now = performance.now()
      if (enabled) lines.push(`${name}: ${(now - last).toFixed(0)} ms`)
      last = now
    },
  }
}
