/** Registries and repositories on the local disk, from which cargo downloads without a network. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runCargo } from './oracle/metadata-view.ts'
import { folderWith, type Files } from './folder.ts'

/** A dependency as an index has it. */
export interface IndexDependency {
  readonly name: string
  readonly req: string
  readonly default_features?: boolean
}

export interface TestRegistry {
  /** The URL of its index. */
  readonly index: string
  /** Packages a directory and publishes it. */
  readonly publish: (
    files: Files,
    name: string,
    version: string,
    dependencies?: readonly IndexDependency[],
    features?: Readonly<Record<string, readonly string[]>>,
  ) => void
  /** The archives, as a local registry has them. */
  readonly folder: string
}

const author = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b',
}

/** Runs git, with nobody's settings. */
export function git(cwd: string, ...args: readonly string[]): string {
  const env = { ...process.env, ...author, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

/** A repository with these files; `refs` are branches and tags of its one commit. */
export function repository(folder: string, files: Files, refs: readonly string[]): void {
  writeFiles(folder, files)
  git(folder, 'init', '--quiet', '--initial-branch=main')
  git(folder, 'add', '.')
  git(folder, 'commit', '--quiet', '--message=one')
  for (const ref of refs) git(folder, 'update-ref', ref, 'HEAD')
}

/** An empty registry in a directory. */
export function registry(folder: string, cargoHome: string): TestRegistry {
  const index = join(folder, 'index')
  writeFiles(folder, {
    'index/config.json': JSON.stringify({ dl: `file://${folder}/{crate}-{version}.crate` }),
  })
  git(index, 'init', '--quiet')
  return {
    index: `file://${index}`,
    folder,
    publish: (files, name, version, dependencies = [], features = {}) => {
      const source = folderWith(files)
      const env = { ...process.env, CARGO_HOME: cargoHome }
      runCargo(['package', '--no-verify', '--allow-dirty', '--offline', '--exclude-lockfile'], source, env)
      const archive = join(folder, `${name}-${version}.crate`)
      copyFileSync(join(source, 'target', 'package', `${name}-${version}.crate`), archive)
      const cksum = createHash('sha256').update(readFileSync(archive)).digest('hex')
      const entry = {
        name,
        vers: version,
        deps: dependencies.map(indexEntry),
        cksum,
        features,
        yanked: false,
        // Since cargo 1.94, a registry may say when.
        pubtime: '2026-01-02T03:04:05Z',
      }
      writeFiles(index, { [join(name.slice(0, 2), name.slice(2, 4), name)]: `${JSON.stringify(entry)}\n` })
      git(index, 'add', '.')
      git(index, 'commit', '--quiet', '--message', name)
    },
  }
}

function indexEntry({ name, req, default_features = true }: IndexDependency): unknown {
  return { name, req, features: [], optional: false, default_features, target: null, kind: 'normal' }
}

/** Writes files into a directory, which may exist. */
export function writeFiles(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}
