/** `rust-project`: writes the unit graph for rust-analyzer in an editor without cargo. */
import { shownPath } from '../printable.ts'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { requestedKinds, type CompileKind } from '../cargo/compile-request.ts'
import { cfgsOfKinds } from '../cargo/platform/target-rustflags.ts'
import { buildPackageGraph } from '../cargo/resolve/build-package-graph.ts'
import type { PackageGraph } from '../cargo/resolve/package-graph.ts'
import { printRustProject, type ProjectFacts } from '../cargo/units/rust-project.ts'
import type { Unit } from '../cargo/units/unit.ts'
import { expand, prepareRequest } from '../cargo/units/unit-graph.ts'
import { counted } from '../counted.ts'
import { Cargo2NixError } from '../errors.ts'
import { groupBy } from '../maps.ts'
import { readScriptRun, sharedLibrary, standardSources, sysrootOf } from '../io/build-outputs.ts'
import { evaluateNix } from '../io/evaluate-nix.ts'
import { hostTriple } from '../io/toolchain/host-triple.ts'
import { refuseMissingRoots } from '../io/workspace/missing-targets.ts'
import { writeText } from '../io/write-files.ts'
import { crateKeys } from '../nix/plan/crate-key.ts'
import { printAttributeName, printString } from '../nix/render/print.ts'
import { toCompileRequest, type CompileFlags } from './compile-flags.ts'
import { openWorkspace, resolveTargets, warningsOf, type WorkspaceFlags } from './open-workspace.ts'
import { importGenerated } from './find-generated.ts'
import type { CommandOutcome, Report } from './outcome.ts'

export interface RustProjectFlags
  extends
    WorkspaceFlags,
    Pick<CompileFlags, 'features' | 'allFeatures' | 'defaultFeatures' | 'profile' | 'release'> {
  readonly out?: string
  readonly pkgs?: string
  readonly expr?: string
}

/** The value of `rustProject` in Cargo.nix (`templates/shell/project-units.nix`). */
interface ProjectUnits {
  readonly rustc: string
  readonly rustSource: string | null
  readonly units: readonly ProjectUnit[]
}

interface ProjectUnit {
  readonly key: string
  readonly triple: string
  readonly features: readonly string[]
  readonly source: string | null
  readonly macros: string | null
  readonly run: string | null
  readonly outDir: string | null
}

/**
 * Writes rust-project.json next to the lockfile, or to `out`.
 *
 * @throws Cargo2NixError `bad-argument`, `unknown-target`, `write-failed`, and `nix-failed` or `program-missing` if
 *   `expr` or `pkgs` is given
 */
export async function writeRustProject(flags: RustProjectFlags, report: Report): Promise<CommandOutcome> {
  const { local, load } = openWorkspace(flags, report, 'everything')
  const host = hostTriple()
  const { targets, notes: targetNotes } = resolveTargets(flags.target ?? [])
  const kinds = requestedKinds(targets, local.config.build.target, host)
  if (kinds.length > 1) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: 'rust-project.json is for one target, and several are requested',
      hint: 'choose one with --target',
    })
  }
  const workspace = await load([host, ...kinds.filter((kind) => kind !== null)])
  const request = toCompileRequest(
    'check',
    { ...flags, workspace: true, allTargets: true, deps: true },
    kinds,
  )
  const graph = buildPackageGraph(workspace)
  const cfgsOf = cfgsOfKinds(workspace.config, host, kinds)
  const unitGraph = expand(prepareRequest(graph, request), kinds, { host, cfgsOf })
  refuseMissingRoots(unitGraph.dependencies.keys())
  const { built, notes: nixNotes } = await builtUnits(flags, local.root, kinds[0]!, report)
  const env = Object.entries(workspace.config.env).map(([name, { value }]) => [name, value] as const)
  const facts = {
    host,
    root: local.root,
    env: Object.fromEntries(env),
    cfgsOf,
    ...toolchainOf(built, local.root),
    ...storeFacts(built, graph, host),
  }
  const { text, unbuilt } = printRustProject(unitGraph, facts)
  const path = flags.out === undefined ? join(local.root, 'rust-project.json') : resolve(flags.out)
  writeText(path, text)
  return {
    output: `wrote ${shownPath(path)}`,
    notes: [
      ...warningsOf(workspace),
      ...targetNotes,
      ...nixNotes,
      ...notesOn(facts),
      ...notesOnUnbuilt(unbuilt),
    ],
    exitCode: 0,
    result: { file: path, unbuilt },
  }
}

interface BuiltUnits {
  /** Undefined if Nix could not be asked. */
  readonly built: ProjectUnits | undefined
  readonly notes: readonly string[]
}

async function builtUnits(
  { expr, pkgs, manifestPath: _, ...flags }: RustProjectFlags,
  root: string,
  kind: CompileKind,
  report: Report,
): Promise<BuiltUnits> {
  const file = join(root, 'nix', 'Cargo.nix')
  const isRequested = expr !== undefined || pkgs !== undefined
  if (!isRequested && !existsSync(file)) {
    return { built: undefined, notes: [withoutStore('there is no nix/Cargo.nix')] }
  }
  const generated = importGenerated(file, pkgs, `profile = ${printString(flags.profile ?? 'dev')};`)
  const target = kind === null ? '' : `.targets.${printAttributeName(kind)}`
  report('evaluating')
  try {
    const built = await evaluateNix(`(${expr ?? generated})${target}.rustProject`, 'where builds put files')
    return { built: built as ProjectUnits, notes: [] }
  } catch (error) {
    if (isRequested || !(error instanceof Cargo2NixError)) throw error
    return { built: undefined, notes: [withoutStore(error.message)] }
  }
}

function withoutStore(reason: string): string {
  return `note: without proc macros and build scripts' outputs from the store: ${reason}`
}

type StoreFacts = Pick<ProjectFacts, 'sourceOf' | 'macrosOf' | 'runOf'>

/** Only what is in the store now, of units with the same features. */
function storeFacts(built: ProjectUnits | undefined, graph: PackageGraph, host: string): StoreFacts {
  const keys = crateKeys(graph.packages, graph.workspace.lockfile.packages)
  const idOf = (key: string | undefined, triple: string, features: readonly string[]): string =>
    JSON.stringify([key, triple, features.toSorted()])
  const byId = groupBy(built?.units ?? [], ({ key, triple, features }) => idOf(key, triple, features))
  const byKey = groupBy(built?.units ?? [], ({ key }) => key)
  const unitsOf = ({ package: item, kind, features }: Unit): readonly ProjectUnit[] =>
    byId.get(idOf(keys.get(item), kind ?? host, features)) ?? []
  return {
    sourceOf: (unit) =>
      first(byKey.get(keys.get(unit.package)!) ?? [], ({ source }) =>
        source !== null && existsSync(source) ? source : undefined,
      ),
    macrosOf: (unit) =>
      first(unitsOf(unit), ({ macros }) => (macros === null ? undefined : sharedLibrary(macros))),
    runOf: (unit) =>
      first(unitsOf(unit), ({ run, outDir }) =>
        run === null || outDir === null ? undefined : readScriptRun(run, outDir),
      ),
  }
}

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

type Toolchain = Pick<ProjectFacts, 'sysroot' | 'sysrootSource'>

/** That of the builds if it is in the store, else the one on the PATH. */
function toolchainOf(built: ProjectUnits | undefined, root: string): Toolchain {
  const inStore = built === undefined ? undefined : join(built.rustc, 'bin', 'rustc')
  const rustc = inStore !== undefined && existsSync(inStore) ? inStore : (process.env['RUSTC'] ?? 'rustc')
  const sysroot = sysrootOf(rustc, root)
  const source = built?.rustSource ?? undefined
  return {
    sysroot,
    sysrootSource: source !== undefined && existsSync(source) ? source : standardSources(sysroot),
  }
}

function notesOnUnbuilt(names: readonly string[]): readonly string[] {
  if (names.length === 0) return []
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '')
  return [
    `note: ${counted(names.length, 'package')} with a proc macro or a build script not built yet: ${shown} (a shell with \`warm = true\` builds them; then run this again)`,
  ]
}

function notesOn({ sysroot, sysrootSource }: Toolchain): readonly string[] {
  if (sysroot === undefined) {
    return ['note: there is no rustc in PATH, so rust-analyzer will not know the standard library']
  }
  if (sysrootSource !== undefined) return []
  return [
    `note: no sources of the standard library are next to ${sysroot}, so rust-analyzer will not know it: set RUST_SRC_PATH, or add the component rust-src`,
  ]
}
