/**
 * Build scripts that the configuration overrides, as facts of the generated Nix.
 *
 * In: the configuration, the matrix, and the crates. Out: what the script would print, by triple and `links`
 * value.
 */
import type { ScriptOutput } from '../../cargo/config/links-override.ts'
import type { Package } from '../../cargo/resolve/package-graph.ts'
import type { CargoConfig, CargoWorkspace } from '../../cargo/workspace/workspace.ts'
import type { MatrixRow } from './points.ts'

export interface PlannedScripts {
  readonly triple: string
  /** Sorted by `links`. */
  readonly outputs: readonly (readonly [links: string, output: ScriptOutput])[]
}

/** Limited to the platforms and packages of the plan: the rest of the configuration is irrelevant to it. */
export function planScriptOutputs(
  { config, root }: Pick<CargoWorkspace, 'config' | 'root'>,
  matrix: readonly MatrixRow[],
  packages: Iterable<Package>,
): readonly PlannedScripts[] {
  const triples = matrix.flatMap(({ buildPlatform, hostPlatforms }) => [buildPlatform, ...hostPlatforms])
  const links = new Set([...packages].flatMap(({ manifest }) => manifest.links ?? []))
  return [...new Set(triples)].toSorted().flatMap((triple) => {
    const overrides = Object.entries(config.target[triple]?.linksOverrides ?? {})
    const outputs = overrides
      .filter(([name]) => links.has(name))
      .map(([name, output]) => [name, portable(output, root)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
    return outputs.length === 0 ? [] : [{ triple, outputs }]
  })
}

/** Search paths in the workspace are relative to its root, as in cargo, which runs rustc there. */
export function portable(output: ScriptOutput, root: string): ScriptOutput {
  const fromRoot = (text: string): string => {
    const [, kind = '', path = ''] = /^((?:all|crate|dependency|framework|native)=)?(.*)$/s.exec(text) ?? []
    return path.startsWith(`${root}/`) ? `${kind}${path.slice(root.length + 1)}` : text
  }
  return { ...output, linkSearch: output.linkSearch.map(fromRoot) }
}

/** The `links` values whose scripts are overridden, by platform. */
export function overriddenScripts(
  { target }: CargoConfig,
  triples: readonly string[],
): readonly (readonly string[])[] {
  return triples.map((triple) => Object.keys(target[triple]?.linksOverrides ?? {}))
}
