/** Edits of a workspace, as small functions on its directory. */
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What edits may change beside files. */
export interface EditedState {
  workspace: string
  /** Any text: stands for another compiler. */
  toolchain: string
}

export interface Difference {
  /** Names of units; no others may differ, and some must. */
  readonly units: RegExp
  readonly reason: string
}

export interface Edit {
  readonly name: string
  readonly apply: (folder: string, state: EditedState) => void
  /** What only cargo builds again. */
  readonly smaller?: Difference
  /** What only Nix builds again: where cargo overlooks what a unit reads. */
  readonly larger?: Difference
  /** Why `why` cannot know of it. */
  readonly untold?: string
}

/** Adds a line at the end. */
export function append(path: string, text: string): Edit['apply'] {
  return (folder) => appendFileSync(join(folder, path), `${text}\n`)
}

/** Adds a comment in Rust at the end. */
export function comment(path: string): Edit['apply'] {
  return append(path, '// A comment.')
}

export function write(path: string, text: string): Edit['apply'] {
  return (folder) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

export function remove(path: string): Edit['apply'] {
  return (folder) => rmSync(join(folder, path), { recursive: true })
}

/** @throws if the text is not there */
export function replace(path: string, from: string, to: string): (folder: string) => void {
  return (folder) => {
    const text = readFileSync(join(folder, path), 'utf8')
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
    writeFileSync(
      join(folder, path),
      text.replace(from, () => to),
    )
  }
}

export function all(...edits: readonly Edit['apply'][]): Edit['apply'] {
  return (folder, state) => {
    for (const edit of edits) edit(folder, state)
  }
}
