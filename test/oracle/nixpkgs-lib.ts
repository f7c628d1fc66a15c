/** Queries nixpkgs' own `lib.systems`, if it is in the oracles' directory next to the project. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ARCHIVE = join(import.meta.dirname, '../../../shared/nixpkgs/lib-2026-06.tar.xz')

/** Why nixpkgs' lib cannot be asked; undefined when it can. */
export function nixpkgsLibMissing(): string | undefined {
  if (!existsSync(ARCHIVE)) return '../shared/nixpkgs, the judge of platform names, is not here'
  try {
    execFileSync('nix-instantiate', ['--version'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'nix-instantiate is not installed'
  }
}

/** Unpacks nixpkgs' lib (June 2026) to a temporary directory and returns its path. */
export function unpackNixpkgsLib(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-lib-'))
  execFileSync('tar', ['xf', ARCHIVE, '-C', folder])
  return join(folder, 'lib')
}

/** Evaluates a function of `lib` and of a JSON value; strict, in one call. */
export function evaluateWithLib(lib: string, body: string, argument: unknown): unknown {
  const expression = `{ lib, json }: let argument = builtins.fromJSON json; in ${body}`
  const applied = `(${expression}) { lib = import ${lib}; json = builtins.getEnv "ARGUMENT"; }`
  const output = execFileSync('nix-instantiate', ['--eval', '--strict', '--json', '--expr', applied], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ARGUMENT: JSON.stringify(argument) },
  })
  return JSON.parse(output)
}
