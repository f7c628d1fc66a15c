/** Cargo as the judge: the one whose rules the resolver follows, whatever toolchain a folder asks for. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finished } from '../program.ts'

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

/** Cargo keeps in its target folder what rustc told it: shared, so that each call saves two calls of rustc. */
const targetFolder = join(tmpdir(), 'cargo2nix-ts-oracle-target')

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that change what cargo decides: they must come from the test, not from the machine. */
const DECIDING = /^(CARGO_(?!HOME$)|RUST(C|DOC)?FLAGS$|RUSTC|__CARGO)/

/** The environment for cargo and for ours: the machine's without what decides, and `added`. */
export function cleanEnvironment(added: Environment = {}): Environment {
  const kept = Object.entries(process.env).filter(([name]) => !DECIDING.test(name))
  return { ...Object.fromEntries(kept), ...added }
}

/** Runs cargo with unstable options allowed. */
export function runCargo(args: readonly string[], cwd: string, env: Environment = {}): Promise<Finished> {
  mkdirSync(targetFolder, { recursive: true })
  const all = { CARGO_TARGET_DIR: targetFolder, RUSTC: toolchain.rustc, RUSTC_BOOTSTRAP: '1', ...env }
  return new Promise((resolve, reject) => {
    const child = spawn(toolchain.cargo, args, {
      cwd,
      env: cleanEnvironment(all),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString()
      resolve({ status: code ?? -1, stdout: text(stdout), stderr: text(stderr) })
    })
  })
}
