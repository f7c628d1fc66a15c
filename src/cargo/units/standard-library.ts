/**
 * The crates of the standard library that are compiled along (`build-std`).
 *
 * In: the graph of the toolchain's own workspace, and the configuration. Out: its resolved crates, as root units
 * on which every unit for a target depends.
 * Mirrors `core/compiler/standard_lib.rs` of cargo 0.96. The crates have their own lockfile and features, and the
 * profiles and flags of the workspace that uses them.
 */
import type { CliFeatures, CompileKind } from '../compile-request.ts'
import { parseFeatureValue } from '../manifest/feature-value.ts'
import type { Package, PackageGraph } from '../resolve/package-graph.ts'
import { reachedPackages, resolveDependencies, type ActiveEdges } from '../resolve/resolve-dependencies.ts'
import { resolveFeatures } from '../resolve/resolve-features.ts'
import {
  membersWithFeatures,
  packageSpecs,
  selectPackages,
  type MemberRequest,
} from '../resolve/select-packages.ts'
import type { BuildStd } from '../workspace/workspace.ts'
import { makeUnit, type Expansion } from './expansion.ts'
import { profileMaker } from './profile.ts'
import { profileRoleOf, unitForNormal, type Unit } from './unit.ts'

/** Its dependencies, whatever the platform. */
export interface PreparedStd {
  readonly graph: PackageGraph
  /** The crates that code may name. */
  readonly crates: readonly Package[]
  readonly requests: readonly MemberRequest[]
  readonly edges: ActiveEdges
}

/** What cargo enables if the configuration names no features. */
const DEFAULT_STD_FEATURES = ['panic-unwind', 'backtrace', 'default']

/**
 * Resolves the standard library; undefined if it is not compiled along.
 *
 * @throws Cargo2NixError `bad-argument` for a crate or a feature that the toolchain does not have
 */
export function prepareStd({ std, workspace }: PackageGraph): PreparedStd | undefined {
  const { buildStd } = workspace.config
  if (std === undefined || buildStd === undefined) return undefined
  const crates = packageSpecs(std, { kind: 'packages', specs: stdCrates(buildStd) })
  // What tests may need is resolved with it.
  const specs = [...crates, ...packageSpecs(std, { kind: 'packages', specs: ['sysroot'] })]
  const features: CliFeatures = {
    features: (buildStd.features ?? DEFAULT_STD_FEATURES).map(parseFeatureValue),
    allFeatures: false,
    usesDefaultFeatures: false,
  }
  const requests = membersWithFeatures(std, specs, features)
  const edges = resolveDependencies(std, requests)
  const reached = reachedPackages(std, requests, edges)
  return { graph: std, requests, edges, crates: selectPackages(crates, reached) }
}

function stdCrates({ crates }: BuildStd): readonly string[] {
  return [...new Set(crates.includes('core') ? [...crates, 'compiler_builtins'] : crates)]
}

/** The crates as root units for the platforms `kinds`, and how to expand them. */
export function expandStd(
  { graph, crates, requests, edges }: PreparedStd,
  user: Expansion,
  kinds: readonly CompileKind[],
): { readonly expansion: Expansion; readonly roots: readonly Unit[] } {
  const { targets, request } = user
  const options = { resolver: graph.workspace.resolver, withDevDependencies: false, kinds }
  const expansion: Expansion = {
    ...user,
    graph,
    edges,
    withDevDependencies: false,
    features: resolveFeatures(graph, edges, requests, targets, options),
    profiles: profileMaker({ ...user.graph, packages: graph.packages }, request.profile, targets.host),
  }
  const roots = crates.flatMap((item) =>
    kinds.map((requested) => {
      const kind = requested ?? targets.host
      const profile = expansion.profiles.profileFor(item, profileRoleOf(unitForNormal(kind), kind))
      return makeUnit(expansion, item, item.library!, { profile, kind, mode: 'build' }, 'normalOrDev')
    }),
  )
  return { expansion, roots }
}
