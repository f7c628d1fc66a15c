/**
 * Which configuration every checkout of a workspace has, and which of this machine's is ignored.
 *
 * In: the workspace's root, the current directory, cargo's home, the environment. Out: the merged
 * configuration of the repository, and the settings elsewhere that would have changed what is generated: by
 * file or variable and by key. The repository is everything below its top directory, also behind links, that
 * git does not ignore. Without a repository, it is the workspace's own directory.
 */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Environment } from '../../cargo/config/config-reader.ts'
import type { ConfigTable } from '../../cargo/config/config-value.ts'
import { decidingKeys, decidingVariables } from '../../cargo/platform/deciding-keys.ts'
import { startsWithPath } from '../../cargo/workspace/workspace-table.ts'
import { namedRepository } from '../ask-git.ts'
import { ignoredFiles } from '../git/ignored-files.ts'
import {
  configDocuments,
  configFilesFrom,
  configFilesOf,
  mergeConfigFiles,
  type StandIn,
} from './read-config.ts'
import type { RawToolchainFile } from './read-toolchain-file.ts'

/** Settings in one place that are ignored. */
export interface LeftAside {
  /** A file or a variable. */
  readonly kind: 'file' | 'variable'
  readonly name: string
  /** Dotted keys; none for a variable, and for a toolchain file. */
  readonly keys: readonly string[]
  /** Whether there was no git to decide. */
  readonly isGuess?: boolean
}

export interface SharedConfig {
  readonly table: ConfigTable
  readonly leftAside: readonly LeftAside[]
  /** The toolchain files among the given ones that every checkout has. */
  readonly toolchainFiles: readonly RawToolchainFile[]
}

export interface ConfigPlace {
  /** Directory of the workspace's root manifest. */
  readonly root: string
  readonly cwd: string
  readonly cargoHome: string
  readonly standIn?: StandIn
  /** Toolchain files in the repository. */
  readonly toolchainFiles: readonly RawToolchainFile[]
}

/** Entries that mark a directory as the top of a repository. */
const REPOSITORY = ['.git', '.jj', '.hg', '.pijul', '.svn']

/**
 * The top directory of the repository that contains a directory; the directory itself if there is no
 * repository.
 */
export function repositoryTop(directory: string, standIn?: StandIn): string {
  const named = standIn === undefined ? namedRepository(directory)?.top : undefined
  const isTop = (here: string): boolean =>
    here === standIn?.folder ||
    REPOSITORY.some((name) => existsSync(join(here, name))) ||
    (named !== undefined && realpathSync(here) === named)
  for (let here = directory; ; here = dirname(here)) {
    if (isTop(here)) return here
    if (dirname(here) === here) return directory
  }
}

/**
 * Reads the configuration that every checkout has.
 *
 * @throws Cargo2NixError `bad-config`, naming the file
 */
export function readSharedConfig(place: ConfigPlace): SharedConfig {
  const { root, cwd, cargoHome, standIn } = place
  const top = repositoryTop(root, standIn)
  const ofRepository = configFilesOf(directoriesBetween(startsWithPath(cwd, root) ? cwd : root, top))
  const documents = configDocuments([
    ...new Set([...ofRepository, ...configFilesFrom(cwd, cargoHome, standIn)]),
  ])
  const toolchainPaths = place.toolchainFiles.map(({ path }) => path)
  const { isShared, isGuess } = sharedFiles([...documents.keys(), ...toolchainPaths], top, standIn)
  const merged = new Set<string>()
  const table = mergeConfigFiles(ofRepository, (path) => {
    if (isShared(path)) merged.add(path)
    return merged.has(path)
  })
  const leftAside = [...documents].flatMap(([path, values]) => {
    const keys = merged.has(path) ? [] : decidingKeys(values)
    return keys.length === 0 ? [] : [{ kind: 'file' as const, name: path, keys, isGuess: isGuess(path) }]
  })
  const ignored = toolchainPaths.filter((path) => !isShared(path))
  return {
    table,
    leftAside: [
      ...leftAside,
      ...ignored.map((name) => ({ kind: 'file' as const, name, keys: [], isGuess: isGuess(name) })),
    ],
    toolchainFiles: place.toolchainFiles.filter(({ path }) => isShared(path)),
  }
}

/** Variables that cargo would honour but that the settings do not name. */
export function variablesLeftAside(env: Environment, counting: ReadonlySet<string>): readonly LeftAside[] {
  return decidingVariables(env)
    .filter((name) => !counting.has(name))
    .map((name) => ({ kind: 'variable', name, keys: [] }))
}

function directoriesBetween(start: string, top: string): readonly string[] {
  const found: string[] = []
  for (let here = start; ; here = dirname(here)) {
    found.push(here)
    if (here === top || dirname(here) === here) return found
  }
}

interface SharedFiles {
  readonly isShared: (path: string) => boolean
  /** Whether a file is not shared only by what `.gitignore` files say. */
  readonly isGuess: (path: string) => boolean
}

function sharedFiles(files: readonly string[], top: string, standIn: StandIn | undefined): SharedFiles {
  const realTop = realpathSync(top)
  const inside = files.filter((path) => startsWithPath(realpathSync(path), realTop))
  // What a revision holds is tracked.
  const ignored = standIn === undefined && inside.length > 0 ? ignoredFiles(inside, top) : undefined
  const shared = new Set(inside.filter((path) => ignored?.files.has(path) !== true))
  return {
    isShared: (path) => shared.has(path),
    isGuess: (path) => ignored?.isGuess === true && ignored.files.has(path),
  }
}
