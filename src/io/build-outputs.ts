/** What builds left in the store, and the toolchain on the PATH; all of it may be missing. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ScriptRun } from '../cargo/units/rust-project.ts'
import { readText } from './read-text.ts'
import { askProgram } from './run-program.ts'

/** What `run-build-script.sh` left; undefined if it has not run. */
export function readScriptRun(run: string, outDir: string): ScriptRun | undefined {
  if (!existsSync(join(run, 'env'))) return undefined
  const lines = (file: string): readonly string[] =>
    readText(join(run, file))
      .split('\n')
      .filter((line) => line !== '')
  const pairs = lines('env').map((line) => [
    line.slice(0, line.indexOf('=')),
    line.slice(line.indexOf('=') + 1),
  ])
  return { outDir, cfgs: lines('cfg'), env: Object.fromEntries(pairs) as Record<string, string> }
}

/** A path without its ending to the shared library there; undefined if it is not built. */
export function sharedLibrary(stem: string): string | undefined {
  return ['.so', '.dylib'].map((ending) => `${stem}${ending}`).find((path) => existsSync(path))
}

/** The sysroot that a rustc names; undefined if it cannot be asked. Nixpkgs wraps rustc, so it is not next to the binary. */
export function sysrootOf(rustc: string, cwd: string): string | undefined {
  const { status, stdout } = askProgram(rustc, ['--print', 'sysroot'], { cwd, env: process.env, input: '' })
  return status === 0 ? stdout.trim() : undefined
}

/** The `library` directory of the standard library's sources: next to a toolchain, or as the shell says. */
export function standardSources(sysroot: string | undefined): string | undefined {
  const beside = sysroot === undefined ? [] : [join(sysroot, 'lib', 'rustlib', 'src', 'rust', 'library')]
  const said = process.env['RUST_SRC_PATH']
  return [...beside, ...(said === undefined ? [] : [said])].find((path) => existsSync(join(path, 'core')))
}
