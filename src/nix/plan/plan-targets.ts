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
import type { CargoConfig, CargoWorkspace, CustomTarget } from '../../cargo/workspace/workspace.ts'
import { Cargo2NixError } from '../../errors.ts'
import { isLinkedStatically, type ChooseTarget } from './link-flags.ts'
import type { MatrixRow } from './points.ts'
import { portableCommand, portablePath } from './portable-path.ts'
import { textHash } from './workspace-hashes.ts'

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
  readonly spec: TargetSpec | undefined
  /** The toolchain need not have a compiled standard library for it. */
  readonly compilesStd: boolean
}

/** The file that describes a custom target. */
export interface TargetSpec {
  /** Relative to the workspace's root; starts with `./`. */
  readonly path: string
  /** For evaluation: the file's cfgs decided what is in Cargo.nix. */
  readonly hash: string
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
  return (asked) => (asked === kind ? cfgSetOf(kind, { ...config, rustflags }) : cfgsOf(asked))
}

/** @throws Cargo2NixError `not-supported` for a custom target that Nix could not compile for */
function specOf(
  { config, root, std }: CargoWorkspace,
  triple: string,
  linker: string | undefined,
): TargetSpec | undefined {
  if (!Object.hasOwn(config.customTargets, triple)) return undefined
  const target = config.customTargets[triple]!
  const path = portablePath(target.path, root)!
  const refuse = (message: string, hint: string): never => {
    throw new Cargo2NixError({ code: 'not-supported', path: target.path, message, hint })
  }
  if (std === undefined) {
    const nightly = 'name a nightly toolchain in rust-toolchain.toml, or pin one'
    refuse(
      `the standard library is not compiled for the custom target \`${triple}\``,
      config.buildStd === undefined
        ? `set \`unstable.build-std = ["core", "alloc"]\` in .cargo/config.toml, and ${nightly}`
        : `${nightly}: with another one, \`unstable.build-std\` is ignored`,
    )
  }
  if (!path.startsWith('./'))
    refuse(
      `the file of the custom target \`${triple}\` is outside of the workspace`,
      'move it into the workspace',
    )
  if (!isLinkedByRustc(target) && linker === undefined) {
    refuse(
      `a C compiler links for the custom target \`${triple}\`, and nothing says which`,
      `set \`target.${triple}.linker\` in .cargo/config.toml, or \`"linker-flavor": "gnu-lld"\` and \`"linker": "rust-lld"\` in the file`,
    )
  }
  return { path, hash: textHash(target.text) }
}

/** By a linker that comes with rustc. */
function isLinkedByRustc({ text }: CustomTarget): boolean {
  const [, flavor = 'gnu-cc'] = /"linker-flavor"\s*:\s*"([^"]*)"/.exec(text) ?? []
  return /(^|[-.])lld$|^lld-link$|^(msvc-lld|bpf|ptx|llbc)$/.test(flavor)
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
    const linker = linkerOf(config, triple, cfgs)
    return {
      triple,
      rustflags,
      rustdocflags: rustdocflagsOf(config, triple, 'newest'),
      olderRustdocflags: rustdocflagsOf(config, triple, 'before 1.96'),
      isExplicit,
      isStatic: isLinkedStatically(triple, rustflags),
      addsFlags: own.length > 0,
      linker: portablePath(linker, root),
      runner: portableCommand(runnerOf(config, triple, cfgs), root),
      spec: specOf(graph.workspace, triple, linker),
      compilesStd: graph.std !== undefined,
    }
  })
}
