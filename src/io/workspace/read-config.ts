/**
 * Finds and merges cargo's configuration files.
 *
 * In: the current directory and cargo's home, or a repository.
 * Out: one tree of values, each with its origin; `ConfigReader` queries it, and `config.ts` builds
 * `CargoConfig` from it.
 * Mirrors `load_values_from`, `get_file_path` and `load_includes` in `util/context/mod.rs` of cargo 0.96: the nearest
 * file wins, cargo's home comes last, `config` goes before `config.toml`, and `include` is stable.
 */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import {
  mergeConfig,
  toConfigTable,
  type ConfigOrigin,
  type ConfigTable,
} from '../../cargo/config/config-value.ts'
import {
  booleanAt,
  documentPlace,
  placeOf,
  isTable,
  mismatch,
  stringAt,
  type TomlValue,
} from '../../cargo/toml-value.ts'
import { Cargo2NixError } from '../../errors.ts'
import { readToml } from '../manifests/toml.ts'

/** A directory that holds an earlier state of another one; above it, the other one's surroundings apply. */
export interface StandIn {
  readonly folder: string
  readonly place: string
}

/**
 * Reads all configuration files that cargo would read if started in `cwd`.
 *
 * @param standIn - for a directory that contains `cwd`
 * @throws Cargo2NixError `bad-config`, naming the file
 */
export function readConfigFiles(cwd: string, cargoHome: string, standIn?: StandIn): ConfigTable {
  return mergeConfigFiles(configFilesFrom(cwd, cargoHome, standIn))
}

/**
 * Merges files and what they include; the first one wins.
 *
 * @param counts - whether to merge a file at all, by its path; also called for included files
 * @throws Cargo2NixError `bad-config`, naming the file
 */
export function mergeConfigFiles(
  files: readonly string[],
  counts: (path: string) => boolean = () => true,
): ConfigTable {
  const empty = toConfigTable({}, { kind: 'file', name: '', folder: '/' })
  return files
    .filter(counts)
    .reduce((merged, file) => mergeConfig(merged, loadFile(file, counts, new Set()), 'fill'), empty)
}

/** The files that cargo reads if started in `cwd`, without the files that they include. */
export function configFilesFrom(cwd: string, cargoHome: string, standIn?: StandIn): readonly string[] {
  return configFolders(cwd, cargoHome, standIn).flatMap(configFileIn)
}

/** The configuration files in `.cargo` of directories. */
export function configFilesOf(directories: readonly string[]): readonly string[] {
  return directories.flatMap((directory) => configFileIn(join(directory, '.cargo')))
}

/**
 * These files and everything they include, each with only its own values.
 *
 * @throws Cargo2NixError `bad-config`, naming the file
 */
export function configDocuments(files: readonly string[]): ReadonlyMap<string, ConfigTable> {
  const found = new Map<string, ConfigTable>()
  const visit = (path: string): void => {
    if (found.has(path)) return
    const { own, includes } = readFile(path)
    found.set(path, own)
    for (const file of includes) visit(file)
  }
  for (const file of files) visit(file)
  return found
}

/** `.cargo` in `cwd` and every directory above it, then cargo's home unless it was one of them. */
function configFolders(cwd: string, cargoHome: string, standIn: StandIn | undefined): readonly string[] {
  const folders: string[] = []
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(join(folder, '.cargo'))
    if (folder === standIn?.folder) folder = standIn.place
    if (dirname(folder) === folder) break
  }
  const home = canonical(cargoHome)
  return folders.some((folder) => canonical(folder) === home) ? folders : [...folders, cargoHome]
}

function canonical(path: string): string {
  return existsSync(path) ? realpathSync(path) : path
}

function configFileIn(folder: string): readonly string[] {
  const file = ['config', 'config.toml'].map((name) => join(folder, name)).find((path) => existsSync(path))
  return file === undefined ? [] : [file]
}

function loadFile(path: string, counts: (path: string) => boolean, seen: Set<string>): ConfigTable {
  if (seen.has(path)) refuse(path, '`include` leads back to this file', 'break the circle')
  seen.add(path)
  const { own, includes } = readFile(path)
  const empty = toConfigTable({}, own.origin)
  const included = includes.filter(counts).map((file) => loadFile(file, counts, seen))
  const merged = included.reduce((all, one) => mergeConfig(all, one, 'override'), empty)
  return mergeConfig(merged, own, 'override')
}

interface ConfigFile {
  /** Without the files it includes. */
  readonly own: ConfigTable
  readonly includes: readonly string[]
}

function readFile(path: string): ConfigFile {
  const document = readToml(path, 'bad-config')
  if (document === undefined)
    refuse(path, 'the included file is missing', 'create it, or say `optional = true`')
  const origin: ConfigOrigin = { kind: 'file', name: path, folder: dirname(dirname(path)) }
  const { include, ...values } = document
  return { own: toConfigTable(values, origin), includes: includedFiles(include, path) }
}

function includedFiles(include: TomlValue | undefined, path: string): readonly string[] {
  const place = documentPlace(path, 'bad-config')
  if (include === undefined) return []
  if (!Array.isArray(include)) mismatch(include, 'a list', place, 'include')
  return include.flatMap((item: TomlValue) => {
    if (typeof item !== 'string' && !isTable(item)) mismatch(item, 'a path or a table', place, 'include')
    const name = typeof item === 'string' ? item : stringAt(item, 'path', placeOf(place, 'include'))
    const isOptional =
      typeof item !== 'string' && booleanAt(item, 'optional', placeOf(place, 'include')) === true
    if (name === undefined || extname(name) !== '.toml')
      refuse(path, '`include`: expected a path to a .toml file', 'name one')
    if (/[*?[\]{}]/.test(name))
      refuse(
        path,
        `\`include\`: cargo reserves brackets, braces, \`*\` and \`?\`: ${name}`,
        'rename the file',
      )
    const file = resolve(dirname(path), name)
    return isOptional && !existsSync(file) ? [] : [file]
  })
}

function refuse(path: string, message: string, hint: string): never {
  throw new Cargo2NixError({ code: 'bad-config', message, path, hint })
}
