/**
 * Which crates of a plan involve native code, and what provides the programs and libraries that they need.
 *
 * In: NixPlan, and which packages bring C sources. Out: one row per crate, or several if targets differ.
 * Runs no build script. Assumes that the crates a build script uses, its package's name and `links`, and the
 * C files in its package show what it does.
 */
import { onceEach } from '../../once.ts'
import { DEFAULT_CRATE_OVERRIDES } from './default-crate-overrides.ts'
import { NATIVE_TOOL_CRATES, type NativeWork } from './native-tool-crates.ts'
import type { NixPlan } from '../plan/plan.ts'
import type { PlannedCrate } from '../plan/plan-crate.ts'
import { compiledCrates, type CompiledCrate } from '../plan/planned-facts.ts'

/**
 * - `nixpkgs`: `defaultCrateOverrides` names the package
 * - `own sources`: it compiles C (or links a prebuilt library) that it, or a crate that its script uses,
 *   brings
 * - `tools`: its script only runs programs, which the runtime puts on its PATH
 * - `declarations`: no build script; it links what the platform's C library or SDK provides
 * - `nothing native`: it has `links`, but neither its name nor its script involves native code; or its feature
 *   `dlopen` is on, which defers opening the library until the program runs
 * - `nothing`: it looks for a library, and nothing says where it is: `crateOverrides` must
 */
export type CoveredBy = 'nixpkgs' | 'own sources' | 'tools' | 'declarations' | 'nothing native' | 'nothing'

export interface NativeCrate {
  readonly key: string
  readonly name: string
  readonly version: string
  readonly links: string | null
  /** Crates that its build script uses, also transitively, among those that `NATIVE_TOOL_CRATES` knows. */
  readonly tools: readonly string[]
  readonly coveredBy: CoveredBy
  /**
   * What the development shell has for it, besides a C compiler: nixpkgs' names of programs, and the entry of
   * `defaultCrateOverrides`. What the caller's own `crateOverrides` add is not known here.
   */
  readonly shell: readonly string[]
  /** Rust triples for which it is compiled like that; for build dependencies, the triples of the pairs. */
  readonly targets: readonly string[]
}

/**
 * The rows, sorted by key.
 *
 * @param hasNativeSources whether the package holds C, C++, assembler or prebuilt libraries
 */
export function nativeCrates(
  plan: NixPlan,
  hasNativeSources: (crate: PlannedCrate) => boolean,
): readonly NativeCrate[] {
  const bringsSources = onceEach(hasNativeSources)
  const rows = new Map<string, NativeCrate>()
  const hostPlatforms = new Set(plan.matrix.flatMap((row) => row.hostPlatforms))
  for (const target of [...hostPlatforms].toSorted()) {
    for (const build of plan.builds) {
      const compiled = compiledCrates(plan, build, target)
      const scriptCrates = scriptCratesOf(compiled)
      for (const each of compiled) {
        const row = rowOf(each, scriptCrates(each), bringsSources)
        if (row === undefined) continue
        const id = JSON.stringify([row.key, row.coveredBy, row.tools])
        const targets = [...new Set([...(rows.get(id)?.targets ?? []), target])]
        rows.set(id, { ...row, targets })
      }
    }
  }
  return [...rows.values()].toSorted((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1))
}

/** Names of the crates that a build script uses. */
interface ScriptCrates {
  readonly direct: readonly string[]
  /** With their dependencies, as in the runtime's `script-tools.nix`. */
  readonly all: readonly string[]
}

function scriptCratesOf(compiled: readonly CompiledCrate[]): (crate: CompiledCrate) => ScriptCrates {
  const inBuild = new Map(
    compiled.filter(({ role }) => role === 'build').map((each) => [each.crate.key, each]),
  )
  return ({ crate, buildDependencies }) => {
    if (crate.package.buildScript === undefined) return { direct: [], all: [] }
    const found = new Set<string>()
    const stack = [...buildDependencies]
    for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
      if (found.has(key)) continue
      found.add(key)
      stack.push(...(inBuild.get(key)?.dependencies ?? []))
    }
    const names = (keys: Iterable<string>): readonly string[] =>
      [...new Set(keys)].map((key) => inBuild.get(key)!.crate.package.name)
    return { direct: names(buildDependencies), all: [...new Set(names(found))] }
  }
}

function rowOf(
  { crate, features }: CompiledCrate,
  { direct, all }: ScriptCrates,
  bringsSources: (crate: PlannedCrate) => boolean,
): NativeCrate | undefined {
  const { name, version, buildScript, manifest } = crate.package
  const tools = all.filter((each) => NATIVE_TOOL_CRATES.has(each)).toSorted()
  const isNamedNative = name.endsWith('-sys')
  const links = manifest.links ?? null
  if (tools.length === 0 && !isNamedNative && links === null && !DEFAULT_CRATE_OVERRIDES.has(name)) {
    return undefined
  }
  const coveredBy = coverage()
  // With its version, even if the lockfile has no other.
  const key = crate.key === name ? `${name}-${version}` : crate.key
  // The shell also has what scripts that use the package itself would get.
  const known = [...tools, ...(buildScript !== undefined && NATIVE_TOOL_CRATES.has(name) ? [name] : [])]
  const programs = new Set(known.flatMap((each) => NATIVE_TOOL_CRATES.get(each)!.programs))
  const override = DEFAULT_CRATE_OVERRIDES.has(name) ? [`defaultCrateOverrides.${name}`] : []
  const shell = [...[...programs].toSorted(), ...override]
  return { key, name, version, links, tools, coveredBy, shell, targets: [] }

  function coverage(): CoveredBy {
    const work = new Set<NativeWork>(tools.map((tool) => NATIVE_TOOL_CRATES.get(tool)!.work))
    if (DEFAULT_CRATE_OVERRIDES.has(name)) return 'nixpkgs'
    if (buildScript === undefined) return 'declarations'
    if (isNamedNative && features.includes('dlopen')) return 'nothing native'
    // One of those crates itself: its own script gets what scripts that use it get.
    if (NATIVE_TOOL_CRATES.get(name)?.work === 'generates') return 'tools'
    // Without a crate that finds libraries or compiles, the script runs a compiler itself or names a prebuilt
    // library.
    const compiles = work.has('compiles') || !work.has('finds')
    if (direct.some((each) => each.endsWith('-src')) || (compiles && bringsSources(crate))) {
      return 'own sources'
    }
    // A crate in between that can compile may not be asked to: resources for Windows, for instance.
    const wouldCompile = direct.some((each) => NATIVE_TOOL_CRATES.get(each)?.work === 'compiles')
    if (work.has('finds') || wouldCompile || (isNamedNative && links !== null)) return 'nothing'
    return work.has('generates') ? 'tools' : 'nothing native'
  }
}
