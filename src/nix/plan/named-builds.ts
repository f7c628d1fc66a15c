/**
 * Named builds: what they request of cargo, and what is refused in them; errors name the file and the build.
 *
 * If the configuration resolves features for each package on its own, each member of a build has a build of its own, which is
 * what `cargo build --package MEMBER` would be.
 */
import { BUILD_WORKSPACE, type CompileRequest } from '../../cargo/compile-request.ts'
import { printFeatureValue } from '../../cargo/manifest/feature-value.ts'
import { parseCliFeatures } from '../../cargo/resolve/cli-features.ts'
import { prepareRequest, resolvedApart, type PreparedRequest } from '../../cargo/units/unit-graph.ts'
import { idleExcludes } from '../../cargo/resolve/select-packages.ts'
import type { PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { Cargo2NixError } from '../../errors.ts'
import type { BuildSettings } from '../settings/settings.ts'
import type { PlannedProfile } from './plan-profiles.ts'

export interface PlannedBuild {
  readonly name: string
  /**
   * Crate keys of the members that it compiles; without members whose targets all require features that are
   * off.
   */
  readonly packages: readonly string[]
  readonly profile: string | undefined
  /** Whether its members are those of builds called `<build>/<member>`. */
  readonly separately: boolean
}

export type NamedBuild = readonly [name: string, settings: BuildSettings]

/** The cargo request of a named build. */
export function requestOf({ packages, exclude, ...named }: BuildSettings): CompileRequest {
  const { features, allFeatures, noDefaultFeatures } = named
  return {
    ...BUILD_WORKSPACE,
    packages: packages === undefined ? { kind: 'workspace', exclude } : { kind: 'packages', specs: packages },
    features: parseCliFeatures({ features, allFeatures, noDefaultFeatures }),
  }
}

/** Whether each member of a build is resolved on its own. */
export function buildsSeparately({ workspace }: PackageGraph): boolean {
  return workspace.config.featureUnification === 'package'
}

/** The builds of the settings, sorted, and those of their members, where they are resolved on their own. */
export function namedBuilds(
  graph: PackageGraph,
  builds: Readonly<Record<string, BuildSettings>>,
): readonly NamedBuild[] {
  const named = Object.entries(builds)
  for (const build of named) refuseIdleExcludes(graph, build)
  if (!buildsSeparately(graph)) return named.toSorted(byName)
  const slashed = named.map(([name]) => name).find((name) => name.includes('/'))
  if (slashed !== undefined) {
    throw new Cargo2NixError({
      code: 'bad-settings',
      path: graph.workspace.rootManifestPath,
      message: `metadata.cargo2nix.builds: \`${slashed}\` has a slash, and with \`resolver.feature-unification = "package"\` such a name is that of a member's part of a build`,
      hint: 'give the build another name',
    })
  }
  return [...named, ...named.flatMap((build) => buildsOfMembers(graph, build))].toSorted(byName)
}

/** Cargo only warns, but whoever writes a setting finds out no other way. */
function refuseIdleExcludes(graph: PackageGraph, [name, { exclude }]: NamedBuild): void {
  const idle = ofBuild(graph, name, () => idleExcludes(graph, exclude))
  if (idle.length === 0) return
  throw new Cargo2NixError({
    code: 'bad-settings',
    path: graph.workspace.rootManifestPath,
    message: `metadata.cargo2nix.builds.${name}.exclude: no member is called ${idle.map((text) => `\`${text}\``).join(', ')}`,
    hint: 'see the members with `cargo metadata --no-deps`',
  })
}

function byName([a]: NamedBuild, [b]: NamedBuild): number {
  return a < b ? -1 : 1
}

/** The builds whose units are compiled: where members have builds of their own, those. */
export function compiledBuilds(
  graph: PackageGraph,
  builds: Readonly<Record<string, BuildSettings>>,
): readonly NamedBuild[] {
  return namedBuilds(graph, builds).filter(
    ([name]) => !(buildsSeparately(graph) && Object.hasOwn(builds, name)),
  )
}

function buildsOfMembers(graph: PackageGraph, [name, settings]: NamedBuild): readonly NamedBuild[] {
  const prepare = (): PreparedRequest => prepareRequest(graph, requestOf(settings))
  const prepared = ofBuild(graph, name, prepare, settings.features)
  return resolvedApart(prepared).flatMap(({ selected, requests }) =>
    selected.map((item): NamedBuild => {
      const asked = requests.find(({ member }) => member === item)
      const features = asked?.features.features.map(printFeatureValue) ?? []
      const packages = [item.spec]
      return [`${name}/${item.name}`, { ...settings, packages, exclude: [], features }]
    }),
  )
}

/**
 * Runs code that may refuse names in a named build's settings; its errors name the file and the build.
 *
 * @param features of the build: one of them that a dependency lacks is not the manifests' fault
 */
export function ofBuild<T>(
  { workspace }: PackageGraph,
  name: string,
  work: () => T,
  features: readonly string[] = [],
): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Cargo2NixError)) throw error
    const lacking = features.find((feature) => isLacking(feature, error.message))
    if (error.code !== 'bad-argument' && lacking === undefined) throw error
    throw new Cargo2NixError({
      code: 'bad-settings',
      path: workspace.rootManifestPath,
      message: `metadata.cargo2nix.builds.${name}: ${error.message}`,
      hint: lacking === undefined ? error.hint : `take \`${lacking}\` out of its features`,
      cause: error,
    })
  }
}

function isLacking(feature: string, message: string): boolean {
  const [, ofDependency] = feature.split('/')
  return ofDependency !== undefined && message.includes(`does not have the feature \`${ofDependency}\``)
}

/**
 * The profiles, including those of the builds.
 *
 * @throws Cargo2NixError `bad-settings`, `bad-config`
 */
export function checkedProfiles(
  profiles: readonly PlannedProfile[],
  builds: readonly NamedBuild[],
  { workspace }: PackageGraph,
): readonly PlannedProfile[] {
  // Cargo has `debug` whether or not there is such a table.
  const names = [...new Set([...profiles.map(({ name }) => name), 'debug'])].toSorted()
  for (const [build, { profile }] of builds) {
    if (build.includes('\0')) throw nulInName(build, workspace.rootManifestPath)
    if (profile === undefined || names.includes(profile)) continue
    const refused = workspace.config.refusedProfiles[profile]
    if (refused !== undefined) throw refused
    throw new Cargo2NixError({
      code: 'bad-settings',
      path: workspace.rootManifestPath,
      message: `metadata.cargo2nix.builds.${build}.profile: there is no profile \`${profile}\``,
      hint: `there are: ${names.join(', ')}`,
    })
  }
  return profiles
}

function nulInName(build: string, path: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-settings',
    path,
    message: `metadata.cargo2nix.builds.${JSON.stringify(build)}: the name has a NUL character`,
    hint: 'rename the build',
  })
}
