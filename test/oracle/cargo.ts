/** Cargo as the judge: the one whose rules the resolver follows, whatever toolchain a folder asks for. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, type Finished } from '../program.ts'

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

/** Why tests that ask cargo cannot run here; undefined when they can. */
export const cargoMissing: string | undefined =
  cargoVersion === undefined ? 'cargo is not installed' : undefined

/**
 * Folders of cargo's own: a home without configuration, whose locks nobody else holds, and a target folder in which
 * it keeps what rustc told it, so that each call saves two calls of rustc.
 */
const folder = join(tmpdir(), `cargo2nix-ts-oracle-${process.env['VITEST_POOL_ID'] ?? 'alone'}`)

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that change what cargo decides: they must come from the test, not from the machine. */
const DECIDING = /^(CARGO_|RUST(C|DOC)?FLAGS$|RUSTC|__CARGO)/

/** The environment for cargo and for ours: the machine's without what decides, and `added`. */
export function cleanEnvironment(added: Environment = {}): Environment {
  const kept = Object.entries(process.env).filter(([name]) => !DECIDING.test(name))
  return { ...Object.fromEntries(kept), CARGO_HOME: join(folder, 'home'), ...added }
}

/** Runs cargo with unstable options allowed, for cargo alone: rustc tells the cfgs of a stable release. */
export function runCargo(args: readonly string[], cwd: string, added: Environment = {}): Promise<Finished> {
  const env = cleanEnvironment({
    CARGO_TARGET_DIR: join(folder, 'target'),
    RUSTC: stableRustc(),
    RUSTC_BOOTSTRAP: '1',
    ...added,
  })
  return run(toolchain.cargo, args, { cwd, env })
}

function stableRustc(): string {
  const script = join(folder, 'rustc')
  if (existsSync(script)) return script
  for (const name of ['home', 'target']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(script, `#!/bin/sh\nunset RUSTC_BOOTSTRAP\nexec '${toolchain.rustc}' "$@"\n`, { mode: 0o755 })
  return script
}
