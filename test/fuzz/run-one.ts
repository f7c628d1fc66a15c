/**
 * Runs cargo2nix-ts on one changed workspace.
 *
 * In: a base, and a source of randomness. Out: an error that names file and key, Nix, or what must never happen.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedFiles } from '../../src/commands/generated-files.ts'
import { Cargo2NixError } from '../../src/errors.ts'
import { systemError } from '../../src/io/system-error.ts'
import type { NixFile } from '../../src/nix/render/nix-file.ts'
import type { Files } from '../folder.ts'
import { isMutable, type Base } from './bases.ts'
import type { Chance } from './chance.ts'
import { mutate } from './mutate.ts'

export interface Changed {
  readonly base: string
  /** Of the files that were changed: their new text. */
  readonly changes: Files
}

export type Outcome =
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'generated'; readonly files: readonly NixFile[] }
  | { readonly kind: 'wrong'; readonly message: string }

/** Bases as directories, each written once. */
export interface Workspaces {
  readonly change: (base: Base, random: Chance) => { readonly folder: string; readonly changed: Changed }
  readonly restore: () => void
}

export function workspaces(top: string, env: NodeJS.ProcessEnv): Workspaces {
  const written = new Map<string, { readonly folder: string; readonly files: Files }>()
  let undo: (() => void)[] = []
  const open = (base: Base): { readonly folder: string; readonly files: Files } => {
    const known = written.get(base.name)
    if (known !== undefined) return known
    const folder = join(top, base.name)
    for (const [path, text] of Object.entries(base.files)) put(folder, path, text)
    if (!existsSync(join(folder, 'Cargo.lock'))) lock(folder, env)
    const files = existsSync(join(folder, 'Cargo.lock'))
      ? { ...base.files, 'Cargo.lock': readIfThere(join(folder, 'Cargo.lock')) }
      : base.files
    const fresh = { folder, files }
    written.set(base.name, fresh)
    return fresh
  }
  return {
    change: (base, random) => {
      const { folder, files } = open(base)
      const mutable = Object.keys(files).filter(isMutable)
      const changes: Record<string, string> = {}
      for (let count = random.pick([1, 1, 1, 2, 3]); count > 0; count--) {
        const path = random.pick(mutable)
        changes[path] = mutate(changes[path] ?? files[path]!, random)
      }
      for (const [path, text] of Object.entries(changes)) {
        put(folder, path, text)
        undo.push(() => put(folder, path, files[path]!))
      }
      return { folder, changed: { base: base.name, changes } }
    },
    restore: () => {
      for (const each of undo) each()
      undo = []
    },
  }
}

function put(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  rmSync(join(folder, path), { force: true })
  writeFileSync(join(folder, path), text)
}

function lock(folder: string, env: NodeJS.ProcessEnv): void {
  try {
    execFileSync('cargo', ['generate-lockfile', '--offline'], { cwd: folder, env, stdio: 'ignore' })
  } catch {
    // A base that cargo refuses has no lockfile.
  }
}

function readIfThere(path: string): string {
  return readFileSync(path, 'utf8')
}

/** Runs `generate` without writing. */
export async function outcomeIn(folder: string): Promise<Outcome> {
  try {
    const { files } = await generatedFiles(
      { manifestPath: join(folder, 'Cargo.toml'), offline: true },
      () => {},
    )
    return { kind: 'generated', files }
  } catch (thrown) {
    const error = thrown instanceof Cargo2NixError ? thrown : systemError(thrown)
    if (error === undefined)
      return { kind: 'wrong', message: thrown instanceof Error ? (thrown.stack ?? '') : String(thrown) }
    return refusal(error, folder)
  }
}

/** Between backquotes, by a dotted name, or by a line. */
const KEY = /`[^`]+`|\bline \d+|[\w-]+\.[\w-]+/

function refusal(error: Cargo2NixError, folder: string): Outcome {
  const { path, message, code } = error
  const text = `${code}: ${path ?? ''}: ${message}`
  const namesFile = path !== undefined && (path.startsWith(folder) || path === '.cargo/config.toml')
  const isWhole = /file|there is|lists no package|manifest|no JSON/.test(message)
  if (!namesFile) return { kind: 'wrong', message: `no file of the workspace is named: ${text}` }
  if (code === 'not-supported' && /call stack|nested/.test(message)) return { kind: 'wrong', message: text }
  if (!KEY.test(message) && !isWhole) return { kind: 'wrong', message: `no key is named: ${text}` }
  return { kind: 'refused', message: text }
}
