/** The Nix runtime shipped with the program: templates/ as one file, without header. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InternalError } from '../errors.ts'

/** Its text. */
export function readRuntime(): string {
  return readFileSync(runtimePath(), 'utf8')
}

export function runtimePath(): string {
  // The program runs as dist/cli.js or from src/io.
  const path = ['cargo2nix.nix', '../../dist/cargo2nix.nix']
    .map((each) => join(import.meta.dirname, each))
    .find((each) => existsSync(each))
  if (path === undefined)
    throw new InternalError('cargo2nix.nix of cargo2nix-ts is missing: install it again')
  return path
}

/** Store names of the scripts that it runs. */
export function runtimeScripts(): readonly string[] {
  return [...readRuntime().matchAll(/^ {2}[\w.-]+ = builtins\.toFile "([^"]+)"/gm)].map(([, name]) => name!)
}
