/**
 * Cargo as the oracle, whatever toolchain a directory requests: the installed one, and the newest available, which checks
 * the rules that the installed one does not have. `scripts/newer-cargo` builds the newest.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isOlder } from '../../src/cargo/workspace/newer-rules.ts'
import { run, type Finished } from '../program.ts'
import { cacheFolder } from '../published.ts'

interface Toolchain {
  readonly cargo: string
  readonly rustc: string
}

/** The toolchain called `stable` where rustup is there (its proxies would cost a start each), else what is on the PATH. */
const toolchain: Toolchain = {
  cargo: toolchainProgram('cargo'),
  rustc: toolchainProgram('rustc'),
}

function toolchainProgram(name: string): string {
  const { status, stdout } = spawnSync('rustup', ['which', '--toolchain', 'stable', name], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : name
}

/** What `cargo --version` prints; undefined where there is no cargo. */
export const cargoVersion: string | undefined =
  spawnSync(toolchain.cargo, ['--version'], { encoding: 'utf8' }).stdout?.trim() || undefined

export interface OracleCargo {
  readonly program: string
  /** Such as `1.95.0`. */
  readonly version: string
}

function oracleCargo(program: string): readonly OracleCargo[] {
  const version = /^cargo ([\d.]+)/.exec(
    spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '',
  )?.[1]
  return version === undefined ? [] : [{ program, version }]
}

/** The newest that `scripts/newer-cargo` has built; `CARGO2NIX_NEW_CARGO` names the program of another one. */
function newestBuilt(): readonly OracleCargo[] {
  const named = process.env['CARGO2NIX_NEW_CARGO']
  if (named !== undefined) return oracleCargo(named)
  const folder = join(cacheFolder, 'newer-cargo')
  const built = existsSync(folder)
    ? readdirSync(folder).map((name) => join(folder, name, 'bin', 'cargo'))
    : []
  const found = built.filter((program) => existsSync(program)).flatMap(oracleCargo)
  return found.toSorted((a, b) => (isOlder(a.version, b.version) ? 1 : -1)).slice(0, 1)
}

const installed = oracleCargo(toolchain.cargo)

/** The installed cargo, and a newer one where there is one. */
export const cargos: readonly OracleCargo[] = [
  ...installed,
  ...newestBuilt().filter(({ version }) => installed.every((each) => isOlder(each.version, version))),
]

/** The newest of them. */
export const newestCargo: OracleCargo | undefined = cargos.at(-1)

/** Why tests that ask cargo cannot run here; undefined when they can. */
export const cargoMissing: string | undefined =
  cargoVersion === undefined ? 'cargo is not installed' : undefined

/**
 * Folders of cargo's own: a home without configuration, whose locks nobody else holds, and a target directory in which
 * it keeps what rustc told it, so that each call saves two calls of rustc.
 */
const folder = join(tmpdir(), `cargo2nix-ts-oracle-${process.env['VITEST_POOL_ID'] ?? 'alone'}`)

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that change what cargo decides: they must come from the test, not from the machine. */
const DECIDING = /^(CARGO_|RUST(C|DOC)?FLAGS$|RUSTC|__CARGO|CI$|TF_BUILD$)/

/** The environment for cargo and for ours: the machine's without what decides, and `added`. */
export function cleanEnvironment(added: Environment = {}): Environment {
  const kept = Object.entries(process.env).filter(([name]) => !DECIDING.test(name))
  return { ...Object.fromEntries(kept), CARGO_HOME: join(folder, 'home'), ...added }
}

/** Runs cargo with unstable options allowed, for cargo alone: rustc tells the cfgs of a stable release. */
export function runCargo(
  args: readonly string[],
  cwd: string,
  added: Environment = {},
  cargo: OracleCargo = cargos[0]!,
): Promise<Finished> {
  const env = cleanEnvironment({
    CARGO_TARGET_DIR: join(folder, `target-${cargo.version}`),
    RUSTC: stableRustc(),
    RUSTC_BOOTSTRAP: '1',
    ...added,
  })
  return run(cargo.program, args, { cwd, env })
}

function stableRustc(): string {
  const script = join(folder, 'rustc')
  if (existsSync(script)) return script
  mkdirSync(join(folder, 'home'), { recursive: true })
  writeFileSync(script, `#!/bin/sh\nunset RUSTC_BOOTSTRAP\nexec '${toolchain.rustc}' "$@"\n`, { mode: 0o755 })
  return script
}
