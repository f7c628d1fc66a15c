/** `report`: writes an HTML page about the workspace, for people. */
import { shownPath } from '../printable.ts'
import { basename } from 'node:path'
import type { CompileKind } from '../cargo/compile-request.ts'
import { cfgsOfKinds } from '../cargo/platform/target-rustflags.ts'
import type { Package, PackageGraph } from '../cargo/resolve/package-graph.ts'
import { expand, prepareRequest } from '../cargo/units/unit-graph.ts'
import type { Unit, UnitGraph } from '../cargo/units/unit.ts'
import { hasNativeSources } from '../io/packages/native-sources.ts'
import { writeReport } from '../io/write-files.ts'
import { nativeCrates } from '../nix/native/native-crates.ts'
import type { NixPlan } from '../nix/plan/plan.ts'
import { matrixRows } from '../nix/plan/target-overview.ts'
import {
  workspaceReport,
  type ReportedMember,
  type ReportedPackage,
  type WorkspaceReport,
} from '../pages/workspace-report.ts'
import { toCompileRequest } from './compile-flags.ts'
import { generatedFiles, type GenerateFlags } from './generated-files.ts'
import type { CommandOutcome, Report } from './outcome.ts'
import { append } from '../maps.ts'

export interface ReportFlags extends GenerateFlags {
  readonly file?: string
  readonly json?: boolean
}

const DEFAULT_FILE = 'cargo2nix-report.html'

/**
 * Writes the page, or prints its contents as JSON.
 *
 * @throws Cargo2NixError if `generate` would fail; `write-failed`
 */
export async function writeWorkspaceReport(flags: ReportFlags, report: Report): Promise<CommandOutcome> {
  const { plan, notes } = await generatedFiles(flags, report)
  report('counting units')
  const value = reportOf(plan)
  if (flags.json === true) return { output: '', notes, exitCode: 0, result: value }
  const file = flags.file ?? DEFAULT_FILE
  writeReport(file, workspaceReport(value))
  return { output: `wrote ${shownPath(file)}`, notes, exitCode: 0 }
}

function reportOf(plan: NixPlan): WorkspaceReport {
  const { graph } = plan
  const row =
    plan.matrix.find(({ buildPlatform }) => buildPlatform === 'x86_64-unknown-linux-gnu') ?? plan.matrix[0]!
  const units = releaseUnits(graph, row.buildPlatform)
  const unitsOf = new Map<Package, number>()
  for (const unit of units.dependencies.keys())
    unitsOf.set(unit.package, (unitsOf.get(unit.package) ?? 0) + 1)
  const planned = new Set(plan.crates.map((crate) => crate.package))
  const dependents = dependentsOf(graph, planned)
  return {
    name: graph.rootPackage?.name ?? basename(graph.workspace.root),
    target: row.buildPlatform,
    targets: matrixRows(plan),
    members: membersOf(graph, units),
    packages: graph.packages
      .filter((item) => planned.has(item))
      .map((item): ReportedPackage => ({
        name: item.name,
        version: item.version,
        source: sourceOf(item),
        license: item.manifest.metadata.license ?? '',
        units: unitsOf.get(item) ?? 0,
        dependents: dependents.get(item) ?? [],
      })),
    native: nativeCrates(plan, ({ package: { manifest } }) => hasNativeSources(manifest.manifestPath)),
    unitCount: units.dependencies.size,
  }
}

function releaseUnits(graph: PackageGraph, host: string): UnitGraph {
  const kinds: readonly CompileKind[] = [null]
  const flags = { workspace: true, release: true, deps: true, defaultFeatures: true }
  return expand(prepareRequest(graph, toCompileRequest('build', flags, kinds)), kinds, {
    host,
    cfgsOf: cfgsOfKinds(graph.workspace.config, host, kinds),
  })
}

function sourceOf({ isMember, isLocal, source }: Package): ReportedPackage['source'] {
  if (isMember) return 'member'
  if (isLocal) return 'path'
  return source.kind === 'git' ? 'git' : 'registry'
}

/** By package: `name version` of those that depend on it, among the packages compiled for any target. */
function dependentsOf(
  graph: PackageGraph,
  planned: ReadonlySet<Package>,
): ReadonlyMap<Package, readonly string[]> {
  const dependents = new Map<Package, string[]>()
  for (const item of graph.packages) {
    if (!planned.has(item)) continue
    for (const { to } of graph.edges[item.index] ?? []) {
      append(dependents, to, `${item.name} ${item.version}`)
    }
  }
  return dependents
}

function membersOf(graph: PackageGraph, units: UnitGraph): readonly ReportedMember[] {
  const reached = new Map(graph.members.map((member) => [member, unitsBelow(units, member)]))
  const broughtBy = new Map<Package, number>()
  const packagesOf = (list: ReadonlySet<Unit>): ReadonlySet<Package> =>
    new Set([...list].map((unit) => unit.package))
  for (const list of reached.values()) {
    for (const item of packagesOf(list)) broughtBy.set(item, (broughtBy.get(item) ?? 0) + 1)
  }
  return graph.members.map((member) => {
    const own = reached.get(member)!
    const packages = [...packagesOf(own)]
    return {
      name: member.name,
      version: member.version,
      units: own.size,
      packages: packages.length,
      own: packages
        .filter((item) => broughtBy.get(item) === 1 && !item.isMember)
        .map(({ name }) => name)
        .toSorted(),
      members: packages
        .filter((item) => item.isMember && item !== member)
        .map(({ name }) => name)
        .toSorted(),
    }
  })
}

function unitsBelow(units: UnitGraph, member: Package): ReadonlySet<Unit> {
  const found = new Set(units.roots.filter((unit) => unit.package === member))
  for (const unit of found) for (const { unit: below } of units.dependencies.get(unit) ?? []) found.add(below)
  return found
}
