/** A state of the workspace, as `why` compares it: the units of each target with their fingerprints. */
import { join } from 'node:path'
import { buildPackageGraph } from '../cargo/resolve/build-package-graph.ts'
import type { Fingerprint } from '../cargo/rebuilds/fingerprint.ts'
import type { StandIn } from '../io/workspace/read-config.ts'
import { readPin } from '../io/toolchain/read-pin.ts'
import { readLocalWorkspace } from '../io/workspace/read-workspace.ts'
import { disk } from '../io/disk.ts'
import { evaluateNix } from '../io/evaluate-nix.ts'
import { runtimePath } from '../io/runtime.ts'
import { planNix } from '../nix/plan/plan.ts'
import { parseSettings, type Settings } from '../nix/settings/settings.ts'
import { filesReadQuery, unitSources, type FilesRead } from '../nix/sources/unit-sources.ts'
import { chooseToolchain, requestToolchain } from '../nix/toolchain/toolchain-request.ts'
import { followedBy } from '../nix/toolchain/toolchain-age.ts'
import { workspaceFingerprints } from '../nix/sources/workspace-fingerprints.ts'
import type { Report } from './outcome.ts'

export interface StateRequest {
  /** Where to look for configuration. */
  readonly cwd: string
  readonly manifestPath: string
  readonly standIn?: StandIn
  readonly offline: boolean
  /** Directory of the generated files, relative to the workspace's. */
  readonly generated: string
  /** Which of the settings' platforms to include. */
  readonly chooseTargets: (settings: Settings) => {
    readonly host: string
    readonly targets: readonly string[]
  }
  readonly profile: string
}

export interface FingerprintedState {
  readonly root: string
  readonly host: string
  readonly units: ReadonlyMap<string, readonly Fingerprint[]>
}

/**
 * Reads and resolves the workspace, and digests sources.
 *
 * @throws Cargo2NixError for everything that keeps the workspace from being generated
 */
export async function fingerprintedState(request: StateRequest, report: Report): Promise<FingerprintedState> {
  const { cwd, manifestPath, standIn, offline, profile } = request
  const { local, load } = readLocalWorkspace({
    cwd,
    manifestPath,
    env: process.env,
    configuration: 'shared',
    offline,
    onProgress: report,
    ...(standIn === undefined ? {} : { standIn }),
  })
  const { root } = local
  const settings = parseSettings(local.settings, local.rootManifestPath)
  const { host, targets } = request.chooseTargets(settings)
  const generated = join(root, request.generated)
  const { choice: toolchain } = chooseToolchain(
    requestToolchain(settings.toolchain, local.toolchainFile, root),
    readPin(generated),
    { ...settings, hosts: [host], targets },
  )
  const workspace = await load([host, ...targets], followedBy(toolchain))
  const graph = buildPackageGraph(workspace)
  const plan = planNix(graph, { ...settings, hosts: [host], targets }, new Map())
  const query = filesReadQuery(plan, runtimePath(), generated)
  const filesRead = (await evaluateNix(query, 'which files each unit reads')) as FilesRead
  const sourceOf = unitSources(plan, filesRead, disk)
  const units = targets.map(
    (target) =>
      [
        target,
        workspaceFingerprints({ plan, settings, toolchain, host, target, profile, sourceOf, disk }),
      ] as const,
  )
  return { root, host, units: new Map(units) }
}
