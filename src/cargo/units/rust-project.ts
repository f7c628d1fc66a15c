/**
 * The unit graph as rust-project.json, from which rust-analyzer knows a workspace without cargo.
 *
 * In: the unit graph of `cargo check --all-targets`, the cfgs of each platform, and what builds left where. Out: the
 * JSON value that rust-analyzer documents under "Non-Cargo Based Projects".
 */
import { dirname, join, relative, sep } from 'node:path'
import type { CompileKind } from '../compile-request.ts'
import type { CfgSet } from '../ids/cfg-expr.ts'
import { packageEnv } from './package-env.ts'
import { projectCrates, type ProjectCrate } from './project-crates.ts'
import { crateName, type Unit, type UnitGraph } from './unit.ts'

/** What a build script's run left. */
export interface ScriptRun {
  readonly outDir: string
  /** As in `rustc --cfg`. */
  readonly cfgs: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** What is not in the unit graph. */
export interface ProjectFacts {
  readonly host: string
  /** Absolute path of the workspace. */
  readonly root: string
  /** `[env]` of the configuration. */
  readonly env: Readonly<Record<string, string>>
  readonly cfgsOf: (kind: CompileKind) => CfgSet
  readonly sysroot: string | undefined
  /** The `library` directory of the standard library's sources. */
  readonly sysrootSource: string | undefined
  /** Where a package that is not in the workspace is, if not where its manifest was read. */
  readonly sourceOf: (unit: Unit) => string | undefined
  /** The shared library of a proc macro. */
  readonly macrosOf: (unit: Unit) => string | undefined
  readonly runOf: (run: Unit) => ScriptRun | undefined
}

export interface PrintedProject {
  readonly text: string
  /** Packages with a proc macro or a build script of which no build left anything; sorted. */
  readonly unbuilt: readonly string[]
}

/** The text of the file. */
export function printRustProject(graph: UnitGraph, facts: ProjectFacts): PrintedProject {
  const crates = projectCrates(graph)
  const indices = new Map(crates.map((crate, index) => [crate, index]))
  const project = {
    sysroot: facts.sysroot,
    sysroot_src: facts.sysrootSource,
    crates: crates.map((crate) => serializeCrate(crate, indices, facts)),
  }
  const lacks = ({ unit, scriptRun }: ProjectCrate): boolean =>
    (unit.target.procMacro && facts.macrosOf(unit) === undefined) ||
    (scriptRun !== undefined && facts.runOf(scriptRun) === undefined)
  const unbuilt = crates.filter(lacks).map(({ unit }) => unit.package.name)
  return { text: `${JSON.stringify(project, undefined, 2)}\n`, unbuilt: [...new Set(unbuilt)].toSorted() }
}

function serializeCrate(
  crate: ProjectCrate,
  indices: ReadonlyMap<ProjectCrate, number>,
  facts: ProjectFacts,
): object {
  const { unit } = crate
  const { package: item, target, kind } = unit
  const manifestFolder = dirname(item.manifest.manifestPath)
  const folder = (item.isLocal ? undefined : facts.sourceOf(unit)) ?? manifestFolder
  const rootModule = join(folder, relative(manifestFolder, target.srcPath))
  const run = crate.scriptRun === undefined ? undefined : facts.runOf(crate.scriptRun)
  const macros = target.procMacro ? facts.macrosOf(unit) : undefined
  const isBelow = rootModule.startsWith(`${folder}${sep}`)
  return {
    display_name: crateName(target),
    root_module: rootModule,
    edition: target.edition,
    version: item.version,
    deps: [...crate.dependencies].map(([name, to]) => ({ crate: indices.get(to), name })),
    is_workspace_member: item.isLocal,
    source: {
      include_dirs: [
        folder,
        ...(isBelow ? [] : [dirname(rootModule)]),
        ...(run === undefined ? [] : [run.outDir]),
      ],
      exclude_dirs: item.isLocal ? [join(folder, '.git'), join(folder, 'target')] : [],
    },
    cfg: cfgsOf(crate, run, facts),
    target: kind ?? facts.host,
    env: environmentOf(unit, folder, run, facts),
    is_proc_macro: target.procMacro,
    proc_macro_dylib_path: macros,
    ...(target.procMacro ? { proc_macro_cwd: item.isLocal ? facts.root : folder } : {}),
  }
}

function cfgsOf(
  { unit, isTest }: ProjectCrate,
  run: ScriptRun | undefined,
  { cfgsOf }: ProjectFacts,
): readonly string[] {
  const { profile, features, target, kind } = unit
  const { names, values } = cfgsOf(kind)
  const all = [
    ...[...names].filter((name) => name !== 'debug_assertions'),
    ...[...values]
      .filter(([key]) => key !== 'panic')
      .flatMap(([key, set]) => [...set].map((value) => `${key}=${JSON.stringify(value)}`)),
    `panic=${JSON.stringify(profile.panic)}`,
    ...(profile.debugAssertions ? ['debug_assertions'] : []),
    ...(target.procMacro ? ['proc_macro'] : []),
    ...(isTest ? ['test'] : []),
    ...features.map((feature) => `feature=${JSON.stringify(feature)}`),
    ...(run?.cfgs ?? []),
  ]
  return [...new Set(all)].toSorted()
}

function environmentOf(
  unit: Unit,
  folder: string,
  run: ScriptRun | undefined,
  { root, env }: ProjectFacts,
): Readonly<Record<string, string>> {
  const { package: item, target } = unit
  const isTest = target.kind === 'test' || target.kind === 'bench'
  const binaries = isTest ? item.manifest.targets.filter(({ kind }) => kind === 'bin') : []
  return {
    ...packageEnv(item),
    CARGO_MANIFEST_DIR: folder,
    CARGO_MANIFEST_PATH: join(folder, 'Cargo.toml'),
    CARGO_CRATE_NAME: crateName(target),
    ...(target.kind === 'bin' || target.kind === 'example' ? { CARGO_BIN_NAME: target.name } : {}),
    ...(item.isMember ? { CARGO_PRIMARY_PACKAGE: '1' } : {}),
    // Cargo would use its target directory. Code must find the variables, but nothing reads these paths here.
    ...(isTest ? { CARGO_TARGET_TMPDIR: join(root, 'target', 'tmp') } : {}),
    ...Object.fromEntries(
      binaries.map(({ name }) => [`CARGO_BIN_EXE_${name}`, join(root, 'target', 'debug', name)]),
    ),
    ...env,
    ...(run === undefined ? {} : { OUT_DIR: run.outDir, ...run.env }),
  }
}
