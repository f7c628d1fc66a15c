/**
 * The platforms of the matrix: what to pass to rustc and the linker for each.
 *
 * In: the configuration, and the flags of our settings. Out: one PlannedTarget per platform.
 */
import type { CfgSet } from '../../cargo/ids/cfg-expr.ts'
import type { CompileKind } from '../../cargo/compile-request.ts'
import type { PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { cfgSetOf } from '../../cargo/platform/target-cfg.ts'
import { linkerOf, runnerOf } from '../../cargo/platform/target-programs.ts'
import { cfgsOfKinds, rustdocflagsOf, rustflagsOf } from '../../cargo/platform/target-rustflags.ts'
import type { CargoConfig } from '../../cargo/workspace/workspace.ts'
import { isLinkedStatically, type ChooseTarget } from './link-flags.ts'
import type { MatrixRow } from './points.ts'
import { portableCommand, portablePath } from './portable-path.ts'

export interface PlannedTarget {
  readonly triple: string
  readonly rustflags: readonly string[]
  readonly rustdocflags: readonly string[]
  /** The value for toolchains before 1.96. */
  readonly olderRustdocflags: readonly string[]
  /** As if cargo got `--target`, so build scripts get no flags; see `TargetChoice`. */
  readonly isExplicit: boolean
  readonly isStatic: boolean
  /** Our settings added to `rustflags`. */
  readonly addsFlags: boolean
  /** A program's name, an absolute path, or a path relative to the workspace's root that starts with `./`. */
  readonly linker: string | undefined
  /** A command line that runs programs for the target; its program is named like the linker. */
  readonly runner: readonly string[] | undefined
}

/** Like `cfgsOfKinds`, with flags that the configuration does not have. */
export function cfgsWithFlags(
  config: CargoConfig,
  host: string,
  kind: CompileKind,
  flags: readonly string[],
): (kind: CompileKind) => CfgSet {
  const cfgsOf = cfgsOfKinds(config, host, [kind])
  if (flags.length === 0 || kind === null) return cfgsOf
  const rustflags = [...rustflagsOf(config, host, [kind], kind), ...flags]
  return (asked) => (asked === kind ? cfgSetOf(kind, { rustflags }) : cfgsOf(asked))
}

/** The targets that artifact dependencies name. */
function artifactTriples({ packages }: PackageGraph): readonly string[] {
  const targets = packages.flatMap(({ manifest }) =>
    manifest.dependencies.flatMap(({ artifact }) => artifact?.target ?? []),
  )
  return targets.filter((target) => target !== 'target')
}

/** The platforms of the matrix and those of artifacts, sorted. */
export function planTargets(
  graph: PackageGraph,
  matrix: readonly MatrixRow[],
  choose: ChooseTarget,
): readonly PlannedTarget[] {
  const { config, root } = graph.workspace
  const triples = new Set([
    ...matrix.flatMap(({ buildPlatform, hostPlatforms }) => [buildPlatform, ...hostPlatforms]),
    ...artifactTriples(graph),
  ])
  return [...triples].toSorted().map((triple) => {
    const { flags: own, isExplicit } = choose(triple)
    const rustflags = [...rustflagsOf(config, triple, [triple], triple), ...own]
    const cfgs = cfgsOfKinds(config, triple, [triple])(triple)
    return {
      triple,
      rustflags,
      rustdocflags: rustdocflagsOf(config, triple, 'newest'),
      olderRustdocflags: rustdocflagsOf(config, triple, 'before 1.96'),
      isExplicit,
      isStatic: isLinkedStatically(triple, rustflags),
      addsFlags: own.length > 0,
      linker: portablePath(linkerOf(config, triple, cfgs), root),
      runner: portableCommand(runnerOf(config, triple, cfgs), root),
    }
  })
}
