/**
 * Reads the workspace of the standard library, which is among the toolchain's files.
 *
 * In: the workspace that it is compiled for. Out: a workspace with its own lockfile. What it takes from a registry is
 * absent: the crates that can be compiled along need none of it.
 * Mirrors `resolve_std` in `core/compiler/standard_lib.rs` of cargo 0.96.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../../cargo/config/config-reader.ts'
import { parseLockfile } from '../../cargo/lockfile.ts'
import { resolverOf } from '../../cargo/workspace/resolver-version.ts'
import type { Patch } from '../../cargo/workspace/patch-tables.ts'
import type { BuildStd, CargoWorkspace, LoadedPackage } from '../../cargo/workspace/workspace.ts'
import { Cargo2NixError } from '../../errors.ts'
import { textHash } from '../../nix/plan/workspace-hashes.ts'
import { manifestLoader, type ManifestDocument } from '../manifests/manifest-loader.ts'
import { readToml } from '../manifests/toml.ts'
import { readText } from '../read-text.ts'
import { askRustcIn } from './ask-rustc.ts'
import { findMembers } from './workspace-members.ts'
import { pathPackages } from './path-packages.ts'

/** Those that need nothing but the toolchain's files. */
const SUPPORTED = ['core', 'alloc', 'compiler_builtins']

/** The workspace with its standard library, if a cargo of that channel compiles it along. */
export function withStd(
  workspace: CargoWorkspace,
  cargo: 'stable' | 'nightly',
  env: Environment,
  patchesOf: (root: ManifestDocument) => readonly Patch[],
): CargoWorkspace {
  const { buildStd } = workspace.config
  if (cargo === 'stable' || buildStd === undefined) return workspace
  return { ...workspace, std: readStd(workspace, buildStd, env, patchesOf) }
}

/**
 * Reads it as the configuration of `workspace` says.
 *
 * @param patchesOf reads `[patch]` of a root and of the configuration *
 * @throws Cargo2NixError `not-supported` for other crates, `network` if the toolchain's sources are not on this machine
 */
function readStd(
  workspace: Omit<CargoWorkspace, 'std'>,
  buildStd: BuildStd,
  env: Environment,
  patchesOf: (root: ManifestDocument) => readonly Patch[],
): CargoWorkspace {
  refuseOthers(buildStd)
  const library = libraryFolder(workspace.root, env)
  const manifestPath = join(library, 'Cargo.toml')
  const lockfilePath = join(library, 'Cargo.lock')
  const loader = manifestLoader({ registryIndex: () => undefined }, library)
  const { root, members } = findMembers(manifestPath, loader)
  const lockfile = parseLockfile(readToml(lockfilePath, 'bad-lockfile')!, lockfilePath)
  const patches = patchesOf(root)
  const manifests = pathPackages(
    members,
    patches.map(({ dependency }) => dependency),
    loader,
  )
  const packages = lockfile.packages.flatMap((locked): readonly LoadedPackage[] => {
    const manifest = manifests.find(({ name, version }) => name === locked.name && version === locked.version)
    if (manifest === undefined || locked.source !== undefined) return []
    const path = manifest.manifestPath.slice(0, -'/Cargo.toml'.length)
    return [{ locked, manifest, source: { kind: 'path', path } }]
  })
  const loaded = new Set(packages.map(({ locked }) => locked))
  const indices = new Map(packages.map(({ manifest }, index) => [manifest.manifestPath, index]))
  const found = members.flatMap((path) => indices.get(path) ?? [])
  return {
    ...workspace,
    root: library,
    rootManifestPath: manifestPath,
    lockfile,
    lockHash: textHash(readText(lockfilePath)),
    manifestHashes: {},
    linkedFolders: {},
    resolver: resolverOf(undefined, root.workspace, root.place),
    patches,
    replacements: [],
    vendored: [],
    packages,
    members: found,
    defaultMembers: found,
    rootPackage: undefined,
    currentPackage: undefined,
    absent: new Set(lockfile.packages.filter((locked) => !loaded.has(locked))),
    unindexed: [],
    warnings: [],
  }
}

function refuseOthers({ crates, features, noList, where }: BuildStd): void {
  if (noList !== undefined) {
    throw new Cargo2NixError({
      code: 'bad-config',
      path: where,
      message: `\`${noList}\`: expected a list`,
      hint: 'correct the value',
    })
  }
  const other = crates.find((name) => !SUPPORTED.includes(name))
  const only = `only ${SUPPORTED.slice(0, -1).join(', ')} and ${SUPPORTED.at(-1)} can be compiled along`
  const problem =
    other !== undefined
      ? `\`unstable.build-std\`: \`${other}\` is not supported: ${only}`
      : crates.length === 0
        ? `\`unstable.build-std\` names no crates, and \`std\` is not supported: ${only}`
        : features?.includes('compiler-builtins-c') === true
          ? '`unstable.build-std-features`: `compiler-builtins-c` is not supported'
          : undefined
  if (problem === undefined) return
  throw new Cargo2NixError({
    code: 'not-supported',
    path: where,
    message: problem,
    hint: other === undefined && crates.length > 0 ? 'remove it' : 'write `build-std = ["core", "alloc"]`',
  })
}

function libraryFolder(root: string, env: Environment): string {
  const named = env['__CARGO_TESTS_ONLY_SRC_ROOT']
  if (named !== undefined) return named
  const { status, stdout, problem } = askRustcIn(root, env)(['--print', 'sysroot'])
  if (status !== 0) {
    throw new Cargo2NixError({
      code: 'network',
      path: root,
      message: `\`unstable.build-std\` compiles the toolchain's standard library, and rustc does not say where it is: ${problem}`,
      hint: 'install the toolchain that rust-toolchain.toml names',
    })
  }
  const library = join(stdout.trim(), 'lib', 'rustlib', 'src', 'rust', 'library')
  if (existsSync(join(library, 'Cargo.lock'))) return library
  throw new Cargo2NixError({
    code: 'network',
    path: library,
    message:
      "`unstable.build-std` compiles the toolchain's standard library, and its sources are not on this machine",
    hint: 'run `rustup component add rust-src` in the workspace, and add `rust-src` to `components` in rust-toolchain.toml',
  })
}
