/**
 * Which part of a project belongs in a binary cache.
 *
 * In: flags. Out: store paths, dependencies before what refers to them, and outputs that belong in the list
 * but are not built here. We recognize units by our scripts, which their derivations refer to. So it does not
 * matter through which file, flake or wrapper a project builds them.
 */
import { dirname, join, resolve } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import {
  instantiate,
  missingPaths,
  outputsOf,
  referenceGraph,
  requisites,
  type NixInput,
  type Reference,
} from '../io/nix-store.ts'
import { runtimeScripts } from '../io/runtime.ts'
import { printAttributeName } from '../nix/render/print.ts'
import { findGenerated, importGenerated } from './find-generated.ts'
import { resolveTargets } from './open-workspace.ts'
import type { Report } from './outcome.ts'

export interface SelectionFlags {
  readonly manifestPath?: string
  readonly out?: string
  readonly target?: readonly string[]
  readonly file?: string
  readonly expr?: string
  readonly attr?: readonly string[]
  readonly pkgs?: string
  readonly toolchain?: boolean
  readonly buildDeps?: boolean
}

export interface CacheSelection {
  /** Outputs of units. */
  readonly units: readonly string[]
  /** Everything to cache. Derivations come last. */
  readonly paths: readonly string[]
  /** Outputs that would be in `paths`, had they been built or fetched here. */
  readonly unbuilt: readonly string[]
  readonly notes: readonly string[]
}

/**
 * Evaluates, and queries the local store.
 *
 * @throws Cargo2NixError `bad-argument`, `file-missing`, `nix-failed`, `program-missing`
 */
export async function selectForCache(flags: SelectionFlags, report: Report): Promise<CacheSelection> {
  const { input, notes } = inputOf(flags)
  report('evaluating')
  const roots = await instantiate(input)
  report('asking the store')
  const folder = dirname(roots[0] ?? '')
  const graph = await referenceGraph(roots)
  const ours = ourDerivations(graph, folder)
  if (ours.length === 0) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: 'nothing of this is built by the files that `cargo2nix-ts generate` writes',
      hint: 'name with --file and --attr what is',
    })
  }
  const tools = flags.toolchain === true ? toolDerivations(ours, graph, folder) : []
  const units = await outputsOf([...new Set([...ours, ...roots])])
  const outputs = [...new Set([...units, ...(await outputsOf(tools))])]
  const unbuilt = await missingPaths(outputs, undefined)
  const absent = new Set(unbuilt)
  const needed = await requisites(outputs.filter((path) => !absent.has(path)))
  const all = flags.buildDeps === true ? await requisites(roots, 'outputs') : []
  const paths = [...new Set([...needed, ...all])]
  return {
    units,
    paths: [...paths.filter((path) => !isDerivation(path)), ...paths.filter(isDerivation)],
    unbuilt,
    notes,
  }
}

export function isDerivation(path: string): boolean {
  return path.endsWith('.drv')
}

/** `NAME` of `/nix/store/HASH-NAME`. */
export function nameOfPath(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/^[^-]*-/, '')
}

/** Scripts that assemble a pinned toolchain, which is not a unit, and the one that all others start from. */
const NO_UNITS: ReadonlySet<string> = new Set(['unpack-dist.sh', 'join-sysroot.sh', 'build-shell.sh'])

/** Derivations that refer to one of our scripts. */
function ourDerivations(graph: readonly Reference[], folder: string): readonly string[] {
  const scripts = new Set(runtimeScripts().filter((name) => name.endsWith('.sh') && !NO_UNITS.has(name)))
  const users = graph.filter(({ from, to }) => isDerivation(from) && scripts.has(nameOfPath(to)))
  return [...new Set(users.map(({ from }) => `${folder}/${from}`))]
}

/**
 * Derivations of the tools that compile units: compilers, linkers, shells. Crate archives are only unpacked.
 */
function toolDerivations(
  ours: readonly string[],
  graph: readonly Reference[],
  folder: string,
): readonly string[] {
  const unit = new Set(ours)
  const inputs = graph.filter(({ from }) => unit.has(`${folder}/${from}`)).map(({ to }) => to)
  const isTool = (name: string): boolean =>
    isDerivation(name) && !unit.has(`${folder}/${name}`) && !/^[^-]+-crate-.*\.tar\.gz\.drv$/.test(name)
  return [...new Set(inputs.filter(isTool))].map((name) => `${folder}/${name}`)
}

interface Input {
  readonly input: NixInput
  readonly notes: readonly string[]
}

function inputOf(flags: SelectionFlags): Input {
  const { file, expr, attr, pkgs, target } = flags
  if (file === undefined && expr === undefined) return generatedInput(flags)
  const others = { '--target': target, '--pkgs': pkgs, ...(file === undefined ? {} : { '--expr': expr }) }
  const other = Object.entries(others).find(([, value]) => value !== undefined)?.[0]
  if (other !== undefined) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `${other} does not go with ${file === undefined ? '--expr' : '--file'}`,
      hint: 'choose with --attr what of it is meant',
    })
  }
  const source = file === undefined ? { expression: expr! } : { file: resolve(file) }
  return { input: { source, attributes: attr ?? [] }, notes: [] }
}

function generatedInput({ manifestPath, out, target, attr, pkgs }: SelectionFlags): Input {
  const directory = findGenerated(manifestPath, out, ', or name your own file with --file')
  const expression = importGenerated(join(directory, 'Cargo.nix'), pkgs)
  const resolved = resolveTargets(target ?? [])
  const wanted = attr ?? ['packages']
  const prefixes = resolved.targets.map((triple) => `targets.${printAttributeName(triple)}.`)
  const attributes = (prefixes.length === 0 ? [''] : prefixes).flatMap((prefix) =>
    wanted.map((attribute) => `${prefix}${attribute}`),
  )
  return { input: { source: { expression }, attributes }, notes: resolved.notes }
}
