/** What is rebuilt after an edit of a workspace: by cargo, and by Nix from what `generate` writes. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import type { PackageSet } from '../builds/package-set.ts'
import { cargo2nixOrFail, runOrFail } from '../program.ts'
import { cargoRebuilds, type CargoState } from './cargo-rebuilds.ts'
import type { EditedState } from './edit.ts'
import { freshUnits, nixUnits, type KnownDerivations } from './nix-units.ts'

export interface Rebuilds {
  /** Names of units; a name stands there as often as units have it. */
  readonly cargo: readonly string[]
  readonly nix: readonly string[]
  /** As `why` tells of what is not committed. */
  readonly told: readonly string[]
}

/** A workspace under edits, with what both sides have built of it so far. */
export interface Watched {
  readonly state: EditedState
  readonly set: PackageSet
  readonly cargo: CargoState
  readonly seen: Set<string>
  readonly known: KnownDerivations
  /** Of cargo, `generate` and `why`. */
  readonly flags: readonly string[]
}

/**
 * @param env - for cargo
 * @param flags - of cargo, `generate` and `why`
 */
export async function watch(
  workspace: string,
  set: PackageSet,
  env: CargoState['env'],
  flags: readonly string[],
): Promise<Watched> {
  await git(workspace, ['init', '--quiet'])
  await commit(workspace)
  return {
    state: { workspace, toolchain: '' },
    set,
    cargo: { folder: mkdtempSync(join(tmpdir(), 'cargo2nix-ts-rebuilds-')), env, args: flags },
    seen: new Set(),
    known: new Map(),
    flags,
  }
}

/** What both sides build now: cargo in its target directory, Nix in a store that has all that was asked for before. */
export async function rebuilds(watched: Watched): Promise<Rebuilds> {
  const { state, cargo, seen } = watched
  const cargos = await cargoRebuilds(state.workspace, cargo, state.toolchain)
  await cargo2nixOrFail(['generate', '--host', hostTriple(), ...watched.flags], { cwd: state.workspace })
  const units = await unitsOf(watched, ['packages', 'tests'])
  const fresh = freshUnits(units, (path) => seen.has(path))
  for (const path of units.keys()) seen.add(path)
  const told = await toldRebuilds(watched)
  await commit(state.workspace)
  return { cargo: cargos.flat(), nix: fresh, told }
}

interface Told {
  readonly package: string
  readonly version: string
  readonly kind: string
  readonly crate: string
  readonly test: boolean
}

/** What `why` says of what is not committed. */
export async function toldRebuilds({
  state,
  flags,
}: Pick<Watched, 'state' | 'flags'>): Promise<readonly string[]> {
  const args = ['why', '--json', '--profile=dev', '--host', hostTriple(), ...flags]
  const { stdout } = await cargo2nixOrFail(args, { cwd: state.workspace })
  const { rebuilt } = JSON.parse(stdout) as { rebuilt: readonly Told[] }
  return rebuilt.map(({ package: name, version, kind, crate, test }) => {
    if (kind === 'build-script-run') return `${name} ${version} run`
    return `${name} ${version} ${test ? 'test' : kind === 'lib' ? 'lib' : 'program'} ${crate}`
  })
}

async function commit(workspace: string): Promise<void> {
  await git(workspace, ['add', '--all'])
  await git(workspace, ['commit', '--quiet', '--allow-empty', '--message=edit'])
}

async function git(folder: string, args: readonly string[]): Promise<void> {
  const identity = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.org']
  await runOrFail('git', [...identity, ...args], { cwd: folder })
}

/** The units behind all packages or tests: path of the derivation -> name. */
export async function unitsOf(
  { state, set, known }: Watched,
  attributes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const file = `(/. + ${JSON.stringify(`${state.workspace}/nix`)})`
  const rustc = `derivation { name = "rustc-${state.toolchain}"; system = "none"; builder = "none"; }`
  const toolchain = state.toolchain === '' ? '' : `// { rustc = ${rustc}; }`
  const lists = attributes.map((name) => `builtins.attrValues cargo.${name}`)
  return nixUnits(
    set,
    `let cargo = import (${file} + "/Cargo.nix") {
       pkgs = ${set.expression};
       profile = "dev";
       toolchain = set: import (${file} + "/toolchain.nix") set ${toolchain};
     }; in ${lists.join(' ++ ')}`,
    known,
  )
}
