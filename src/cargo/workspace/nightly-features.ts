/**
 * What only a nightly cargo does with a workspace.
 *
 * In: the workspace. Out: each use of an unstable feature that we support, if the configuration turns the feature on, as
 * for a nightly cargo. A toolchain that is known to be stable is refused; if only Nix knows the toolchain, evaluation does so.
 */
import { Cargo2NixError } from '../../errors.ts'
import { recordOf } from '../../record.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { ALWAYS_READ } from './config-profile.ts'
import type { CargoConfig, CargoWorkspace } from './workspace.ts'

export interface NightlyFeature {
  /** The construct, as text. */
  readonly what: string
  /** The manifest that contains it. */
  readonly where: string
}

/**
 * The unstable constructs of all packages.
 *
 * @throws Cargo2NixError `not-supported` for one whose feature is off
 */
export function nightlyFeatures(
  workspace: Pick<CargoWorkspace, 'packages' | 'profiles' | 'config' | 'rootManifestPath' | 'std'>,
): readonly NightlyFeature[] {
  const { profiles, config, rootManifestPath, std } = workspace
  const unification: readonly NightlyFeature[] =
    config.featureUnification === undefined
      ? []
      : [{ what: '`resolver.feature-unification`', where: rootManifestPath }]
  return [
    ...unification,
    ...profileKeys(profiles, () => rootManifestPath),
    ...profileKeys(readProfiles(workspace), (name) => config.profileFiles[name]!),
    ...artifactDependencies(workspace),
    ...(std === undefined ? [] : [{ what: BUILD_STD, where: config.buildStd!.where }]),
    ...workspace.packages.flatMap(({ manifest }) => requestedFeatures(manifest)),
  ]
}

const BUILD_STD = '`unstable.build-std`'

/** The configuration's profiles, without those that cargo reads only if something requests them. */
function readProfiles({
  profiles,
  config,
}: Pick<CargoWorkspace, 'profiles' | 'config'>): CargoConfig['profile'] {
  return recordOf(
    Object.entries(config.profile).filter(
      ([name]) => ALWAYS_READ.includes(name) || profiles[name] !== undefined,
    ),
  )
}

/** Unstable keys of profiles, which are read only if they are allowed. */
function profileKeys(
  profiles: CargoConfig['profile'],
  whereIs: (name: string) => string,
): readonly NightlyFeature[] {
  return Object.entries(profiles).flatMap(([name, profile]) => {
    const layers = [profile, profile.buildOverride ?? {}, ...Object.values(profile.package ?? {})]
    const keys = [
      ...(layers.some(({ codegenBackend }) => codegenBackend !== undefined) ? ['codegen-backend'] : []),
      ...(layers.some(({ rustflags }) => rustflags !== undefined) ? ['rustflags'] : []),
    ]
    return keys.map((key) => ({ what: `\`${key}\` in \`profile.${name}\``, where: whereIs(name) }))
  })
}

/** What `cargo-features` names, used or not; other unsupported features are refused where they are used. */
function requestedFeatures({ unstableFeatures, manifestPath }: Manifest): readonly NightlyFeature[] {
  if (unstableFeatures.includes('public-dependency')) {
    throw new Cargo2NixError({
      code: 'not-supported',
      path: manifestPath,
      message: '`public-dependency` in `cargo-features` is unstable, and not supported',
      hint: 'remove it, and `public` from dependencies',
    })
  }
  return unstableFeatures.map((name) => ({ what: `\`cargo-features = ["${name}"]\``, where: manifestPath }))
}

function artifactDependencies({
  packages,
  config,
}: Pick<CargoWorkspace, 'packages' | 'config'>): readonly NightlyFeature[] {
  const found = packages.flatMap(({ manifest }) =>
    manifest.dependencies
      .filter(({ artifact }) => artifact !== undefined)
      .map(({ nameInToml }) => ({
        what: `the artifact dependency \`${nameInToml}\``,
        where: manifest.manifestPath,
      })),
  )
  const [first] = found
  if (first === undefined || config.bindeps) return found
  throw new Cargo2NixError({
    code: 'not-supported',
    path: first.where,
    message: `${first.what} (\`artifact\`) is unstable, so stable cargo refuses the manifest`,
    hint: 'remove `artifact`, or set `unstable.bindeps = true` in .cargo/config.toml and take a nightly toolchain',
  })
}

/**
 * Refuses a workspace that needs a nightly toolchain and has another one.
 *
 * @param release of the toolchain, undefined if unknown
 * @throws Cargo2NixError `not-supported`
 */
export function refuseStableToolchain(
  features: readonly NightlyFeature[],
  release: string | undefined,
): void {
  const [first] = features
  if (first === undefined || release === undefined || isNightly(release)) return
  throw new Cargo2NixError({
    code: 'not-supported',
    path: first.where,
    message: `${first.what} needs a nightly toolchain, and the toolchain is ${release}`,
    hint: 'pin one (`cargo2nix-ts toolchain update nightly`), or remove it',
  })
}

/** Constructs that a nightly cargo follows and that are not supported; a stable one ignores them. */
export function unsupportedFeatures({
  config,
  std,
}: Pick<CargoWorkspace, 'config' | 'std'>): readonly NightlyFeature[] {
  const { buildStd, unsupported } = config
  return [
    ...(buildStd === undefined || std !== undefined ? [] : [{ what: BUILD_STD, where: buildStd.where }]),
    ...unsupported.map(({ name, where }) => ({ what: `\`unstable.${name}\``, where })),
  ]
}

/**
 * Refuses keys of `[unstable]` that decide what is compiled.
 *
 * @param release of the toolchain, or its channel; undefined if unknown
 * @throws Cargo2NixError `not-supported` if it is a nightly
 */
export function refuseUnsupported(
  workspace: Pick<CargoWorkspace, 'config' | 'std'>,
  release: string | undefined,
): void {
  const [first] = unsupportedFeatures(workspace)
  if (first === undefined || release === undefined || !isNightly(release)) return
  throw new Cargo2NixError({
    code: 'not-supported',
    path: first.where,
    message: `${first.what} is not supported, and the toolchain is ${release}, whose cargo follows it`,
    hint: 'remove it, or pin a stable toolchain, whose cargo ignores the key',
  })
}

function isNightly(release: string): boolean {
  return release.includes('nightly')
}
