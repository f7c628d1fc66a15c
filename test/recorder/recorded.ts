/** What the stand-ins for rustc and build scripts (`rustc`, `build-script` beside this file) have kept. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Variables = Readonly<Record<string, string>>

export interface Call {
  /** Of rustc; undefined: a build script was run. */
  readonly args?: readonly string[]
  readonly variables: Variables
}

/** The stand-in for rustc. */
export const recorder: string = join(import.meta.dirname, 'rustc')

/** Variables that it needs. */
export function recorderVariables(folder: string, rustc: string): Variables {
  return { RECORDER_FOLDER: folder, RECORDER_RUSTC: rustc }
}

/** All calls that were kept in a folder, without the variables that come from this process. */
export function readCalls(folder: string): readonly Call[] {
  return readdirSync(folder).flatMap((file) => {
    const [number, kind] = file.split('.')
    if (kind === 'script') return [{ variables: readVariables(join(folder, file)) }]
    if (kind !== 'arguments') return []
    // The first two are the shell and the script.
    const args = readStrings(join(folder, file)).slice(2)
    return [{ args, variables: readVariables(join(folder, `${number}.environment`)) }]
  })
}

function readVariables(file: string): Variables {
  const pairs = readStrings(file).map((text): [string, string] => {
    const split = text.indexOf('=')
    return [text.slice(0, split), text.slice(split + 1)]
  })
  return Object.fromEntries(pairs.filter(([name, value]) => process.env[name] !== value))
}

function readStrings(file: string): readonly string[] {
  return readFileSync(file, 'utf8').split('\0').slice(0, -1)
}
