/** The calls that the stand-ins for rustc and build scripts (`rustc`, `build-script` next to this file) recorded. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export type Variables = Readonly<Record<string, string>>

/** `clippy` is what stands before rustc in a call; `script` is a build script, and `program` a test, that is run. */
export type Tool = 'rustc' | 'rustdoc' | 'clippy' | 'script' | 'program'

export interface Call {
  readonly tool: Tool
  /** Of a program the crate's name. */
  readonly args: readonly string[]
  readonly variables: Variables
}

/** The stand-in for rustc. */
export const recorder: string = join(import.meta.dirname, 'rustc')

/** The stand-in for rustdoc. */
export const rustdocRecorder: string = join(import.meta.dirname, 'rustdoc')

/** Variables that they need. */
export function recorderVariables(folder: string, rustc: string): Variables {
  return { RECORDER_FOLDER: folder, RECORDER_RUSTC: rustc }
}

/** All calls that were kept in a directory, without the variables that come from this process. */
export function readCalls(folder: string): readonly Call[] {
  return readdirSync(folder).flatMap((file): readonly Call[] => {
    const [number, kind] = file.split('.')
    if (kind === 'script') return [{ tool: 'script', args: [], variables: readVariables(join(folder, file)) }]
    if (kind === 'program') {
      const [, path = ''] = readStrings(join(folder, file))
      const crate = basename(path)
        .replace(/-[0-9a-f]{16}$/, '')
        .replaceAll('-', '_')
      const variables = readVariables(join(folder, `${number}.environment`))
      return [{ tool: 'program', args: [crate], variables }]
    }
    if (kind !== 'arguments') return []
    // The first two are the shell and the script; after a wrapper comes the compiler.
    const [, script = '', ...all] = readStrings(join(folder, file))
    const isWrapper = all[0]?.startsWith('-') === false
    const tool = script.endsWith('rustdoc') ? 'rustdoc' : isWrapper ? 'clippy' : 'rustc'
    const args = isWrapper ? all.slice(1) : all
    return [{ tool, args, variables: readVariables(join(folder, `${number}.environment`)) }]
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
