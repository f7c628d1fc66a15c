/**
 * A workspace in terms of `cargo metadata`, and cargo's own output.
 *
 * In: `CargoWorkspace`, or a directory with cargo. Out: the same shape from both, without what is not read (the resolve
 * graph, keywords and the like).
 */
import { spawnSync } from 'node:child_process'
import { buildFeatureMap, printFeatureValue } from '../../src/cargo/manifest/feature-value.ts'
import type { Dependency, Manifest, Target } from '../../src/cargo/manifest/manifest.ts'
import { packageIdSpec } from '../../src/cargo/ids/package-id-spec.ts'
import { printSourceId } from '../../src/cargo/ids/source-id.ts'
import type { CargoWorkspace, LoadedPackage } from '../../src/cargo/workspace/workspace.ts'

export interface MetadataView {
  readonly packages: Readonly<Record<string, unknown>>
  readonly members: readonly string[]
  readonly defaultMembers: readonly string[]
  readonly root: string
}

type Json = Readonly<Record<string, unknown>>

const PACKAGE_KEYS = [
  'name version id license license_file description source dependencies targets features manifest_path authors',
  'readme repository homepage documentation edition links default_run rust_version',
]
  .join(' ')
  .split(' ')

/**
 * Runs the cargo of this project, whatever toolchain the directory asks for.
 *
 * @throws with what cargo says on standard error
 */
export function runCargo(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): string {
  const toolchain = env['RUSTUP_TOOLCHAIN'] ?? activeToolchain()
  const options = {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...env, RUSTUP_TOOLCHAIN: toolchain },
  } as const
  const { status, stdout, stderr } = spawnSync('cargo', args, options)
  if (status !== 0) throw new Error(stderr)
  return stdout
}

function activeToolchain(): string | undefined {
  const { stdout } = spawnSync('rustup', ['show', 'active-toolchain'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  return stdout?.split(' ')[0]
}

/** What cargo says of the workspace in a directory. */
export function cargoMetadata(
  folder: string,
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): MetadataView {
  const args = ['metadata', '--format-version', '1', '--locked', ...flags]
  const text = runCargo(args, folder, env)
  const json = JSON.parse(text) as {
    packages: readonly Json[]
    workspace_members: readonly string[]
    workspace_default_members: readonly string[]
    workspace_root: string
  }
  return {
    packages: Object.fromEntries(json.packages.map((one) => [one['id'] as string, cargoPackage(one)])),
    members: json.workspace_members,
    defaultMembers: json.workspace_default_members,
    root: json.workspace_root,
  }
}

/** What we read, in the same words. */
export function ourMetadata(workspace: CargoWorkspace): MetadataView {
  const idAt = (index: number): string => idOf(workspace.packages[index]!)
  return {
    packages: Object.fromEntries(workspace.packages.map((loaded) => [idOf(loaded), ourPackage(loaded)])),
    members: workspace.members.map(idAt),
    defaultMembers: workspace.defaultMembers.map(idAt),
    root: workspace.root,
  }
}

function cargoPackage(json: Json): Json {
  const dependencies = (json['dependencies'] as readonly Json[]).map(normalDependency)
  const picked = PACKAGE_KEYS.map((key) => [key, json[key]] as const)
  return { ...Object.fromEntries(picked), dependencies }
}

/** A dependency as cargo prints it, with the blanks of its platform left out. */
export function normalDependency(dependency: Json): Json {
  return { ...dependency, target: withoutBlanks(dependency['target'] as string | null) }
}

function idOf({ manifest, source }: LoadedPackage): string {
  return packageIdSpec(manifest.name, manifest.version, source)
}

function ourPackage(loaded: LoadedPackage): Json {
  const { manifest, source } = loaded
  const { metadata } = manifest
  return {
    name: manifest.name,
    version: manifest.version,
    id: idOf(loaded),
    license: metadata.license ?? null,
    license_file: metadata.licenseFile ?? null,
    description: metadata.description ?? null,
    source: printSourceId(source, 'plain') ?? null,
    dependencies: manifest.dependencies.map(ourDependency),
    targets: manifest.targets.map(ourTarget),
    features: ourFeatures(manifest),
    manifest_path: manifest.manifestPath,
    authors: metadata.authors,
    readme: metadata.readme ?? null,
    repository: metadata.repository ?? null,
    homepage: metadata.homepage ?? null,
    documentation: metadata.documentation ?? null,
    edition: manifest.edition,
    links: manifest.links ?? null,
    default_run: manifest.defaultRun ?? null,
    rust_version: metadata.rustVersion ?? null,
  }
}

function ourFeatures(manifest: Manifest): Json {
  const entries = [...buildFeatureMap(manifest)].map(
    ([name, values]) => [name, values.map(printFeatureValue)] as const,
  )
  return Object.fromEntries(entries)
}

const KINDS = { normal: null, development: 'dev', build: 'build' } as const

/** A dependency in the words of cargo, its keys in the same order. */
export function ourDependency(dependency: Dependency): Json {
  const { source } = dependency
  return {
    name: dependency.packageName,
    source: printSourceId(source, 'plain') ?? null,
    req: printReq(dependency),
    kind: KINDS[dependency.kind],
    rename: dependency.renamed ? dependency.nameInToml : null,
    optional: dependency.optional,
    uses_default_features: dependency.usesDefaultFeatures,
    features: dependency.features,
    target: withoutBlanks(dependency.platform ?? null),
    registry: dependency.registry ?? null,
    ...(source.kind === 'path' ? { path: source.path } : {}),
  }
}

/** Cargo prints a requirement anew: the caret is written out, and blanks and build metadata are not. */
function printReq({ versionReq }: Dependency): string {
  const comparators = versionReq.split(',').map((text) => {
    const [, op = '', version = ''] =
      /^([<>=~^]*)(.*)$/.exec(text.replaceAll(/\s/g, '').replace(/\+.*$/, '')) ?? []
    const normal = version.replaceAll(/[xX]/g, '*').replace(/\.\*\.\*$/, '.*')
    if (normal.includes('*') && op === '') return normal
    if (normal.endsWith('.*')) return `${op}${normal.slice(0, -2)}`
    return `${op === '' ? '^' : op}${normal}`
  })
  return comparators.join(', ')
}

function withoutBlanks(platform: string | null): string | null {
  return platform?.replaceAll(/\s|,(?=\s*\))/g, '') ?? null
}

/** A target as cargo prints it, its keys in the same order. */
export function ourTarget(target: Target): Json {
  return {
    kind: target.kind === 'lib' ? target.crateTypes : [target.kind],
    crate_types: target.crateTypes,
    name: target.name,
    src_path: target.srcPath,
    edition: target.edition,
    ...(target.requiredFeatures === undefined ? {} : { 'required-features': target.requiredFeatures }),
    doc: target.documented,
    doctest: target.doctested,
    test: target.tested,
  }
}
