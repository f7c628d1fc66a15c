/**
 * Which targets a package has: those of its manifest and those that its directories imply.
 *
 * In: the manifest's document, and a view of the package's files.
 * Out: one record per target with name and path resolved, in cargo's order (library, binaries, examples,
 * tests, benches).
 * Mirrors the `normalize_*` half of `util/toml/targets.rs` of cargo 0.96; `build-targets.ts` is the other half.
 * Assumes that every rule about edition 2015 still applies: old packages in the registry need them.
 */
import type { Edition } from './manifest.ts'
import { joinPath, normalPath } from '../normal-path.ts'
import type { PackageFiles } from './package-files.ts'
import { checkTargetName, isConflictingArtifactName } from '../ids/restricted-names.ts'
import { parseTomlTarget, refuseOldKeys, type TomlTarget } from './toml-target.ts'
import {
  booleanAt,
  failAt,
  placeOf,
  tableAt,
  tablesAt,
  type TomlPlace,
  type TomlTable,
} from '../toml-value.ts'

export interface DiscoveryInput {
  readonly document: TomlTable
  /** `[package]`. */
  readonly package: TomlTable
  readonly packageName: string
  readonly edition: Edition
  /** Absolute directory of the package. */
  readonly folder: string
  readonly files: PackageFiles
  readonly place: TomlPlace
}

/** A target whose name and path are known. */
export type NamedTarget = TomlTarget & { readonly name: string; readonly path: string }

export interface DiscoveredTargets {
  readonly lib: NamedTarget | undefined
  readonly bin: readonly NamedTarget[]
  readonly example: readonly NamedTarget[]
  readonly test: readonly NamedTarget[]
  readonly bench: readonly NamedTarget[]
  /** What cargo refuses in a member, but ignores in a dependency. */
  readonly problems: readonly string[]
}

type ListKey = 'bin' | 'example' | 'test' | 'bench'

interface Inferred {
  readonly name: string
  readonly path: string
}

const AUTO_KEYS = {
  bin: 'autobins',
  example: 'autoexamples',
  test: 'autotests',
  bench: 'autobenches',
} as const

const FOLDERS = { bin: 'src/bin', example: 'examples', test: 'tests', bench: 'benches' } as const

/**
 * Finds all targets except the build script.
 *
 * @throws Cargo2NixError `bad-manifest` if cargo refuses the manifest
 */
export function discoverTargets(input: DiscoveryInput): DiscoveredTargets {
  const lib = discoverLibrary(input)
  const problems: string[] = []
  const discover = (key: ListKey): readonly NamedTarget[] => {
    const found = discoverList(key, input, lib !== undefined)
    problems.push(...found.problems)
    return found.targets
  }
  return {
    lib,
    bin: discover('bin'),
    example: discover('example'),
    test: discover('test'),
    bench: discover('bench'),
    problems,
  }
}

/** `package.build`: the path of the build script; undefined if there is none. */
export function discoverBuildScript(input: DiscoveryInput): string | undefined {
  const build = input.package['build']
  if (build === false) return undefined
  if (build === undefined) return input.files.isFile('build.rs') ? 'build.rs' : undefined
  if (build === true) return 'build.rs'
  const here = placeOf(input.place, 'package')
  if (Array.isArray(build))
    failAt(
      here,
      'build',
      'several build scripts (`multiple-build-scripts`) are unstable, so stable cargo refuses the manifest',
      'name one build script',
    )
  if (typeof build !== 'string')
    failAt(here, 'build', 'expected a path or a boolean', 'name one build script')
  // As Rust reads a path: `/` and `/.` at its end do not count.
  const [fileName] = /[^/]*$/.exec(build.replace(/(?:\/\.?)+$/, ''))!
  if (['', '.', '..'].includes(fileName))
    failAt(here, 'build', `${JSON.stringify(build)} names no file`, 'name the build script')
  return normalPath(build)
}

function discoverLibrary(input: DiscoveryInput): NamedTarget | undefined {
  const { document, files, place } = input
  const table = tableAt(document, 'lib', place)
  const here = placeOf(place, 'lib')
  const written = table && parseTomlTarget(table, here)
  const auto = booleanAt(input.package, 'autolib', placeOf(place, 'package'))
  if (auto === false && written === undefined) return undefined
  const inferred = written?.path === undefined && files.exists('src/lib.rs') ? 'src/lib.rs' : undefined
  if (written === undefined && inferred === undefined) return undefined
  const target = written ?? parseTomlTarget({}, here)
  const name = target.name ?? input.packageName.replaceAll('-', '_')
  checkTargetName(name, here, 'name')
  refuseOldKeys(target.oldKeys, input.edition, here)
  if (name.includes('-')) failAt(here, 'name', `\`${name}\` must not have a hyphen`, 'write `_` for it')
  const path = target.path ?? inferred ?? legacyLibraryPath(name, input)
  if (path === undefined) {
    failAt(here, 'path', `there is no library at \`src/lib.rs\``, 'create it, or give `lib.path`')
  }
  return { ...target, name, path: normalPath(path) }
}

function legacyLibraryPath(name: string, { edition, files }: DiscoveryInput): string | undefined {
  const path = `src/${name}.rs`
  return edition === '2015' && files.exists(path) ? path : undefined
}

interface DiscoveredList {
  readonly targets: readonly NamedTarget[]
  readonly problems: readonly string[]
}

function discoverList(key: ListKey, input: DiscoveryInput, hasLibrary: boolean): DiscoveredList {
  const { document, place, edition } = input
  const here = placeOf(place, key)
  const tables = tablesAt(document, key, place)
  const written = tables?.map((table) => parseTomlTarget(table, here))
  const auto = booleanAt(input.package, AUTO_KEYS[key], placeOf(place, 'package'))
  const settled =
    auto === false && (written ?? []).every(({ name, path }) => name !== undefined && path !== undefined)
  const inferred = settled ? [] : inferTargets(key, input)
  const targets = settled ? (written ?? []) : sortByName(joinInferred(written, inferred, auto, input))
  const named = targets.map((target) => checkListTarget(target, key, edition, here))
  const located: NamedTarget[] = []
  const problems = key === 'bin' ? named.flatMap(programProblems) : []
  for (const target of named) {
    const found = locate(target, key, inferred, input, hasLibrary)
    if (typeof found === 'string') located.push({ ...target, path: normalPath(found) })
    else if (key === 'bin') failAt(here, 'path', found.problem, 'give its `path`')
    else problems.push(found.problem)
  }
  checkUnique(located, here)
  return { targets: located, problems }
}

function checkListTarget(
  target: TomlTarget,
  key: ListKey,
  edition: Edition,
  place: TomlPlace,
): TomlTarget & { readonly name: string } {
  const { name } = target
  if (name === undefined) failAt(place, 'name', 'is missing', `give every \`[[${key}]]\` a name`)
  checkTargetName(name, place, 'name')
  if (key === 'bin' && isConflictingArtifactName(name)) {
    failAt(
      place,
      'name',
      `\`${name}\` is the name of a folder in cargo's build directory`,
      'choose another name',
    )
  }
  refuseOldKeys(key === 'bin' ? oldKeysOfProgram(target) : target.oldKeys, edition, place)
  return { ...target, name }
}

/** If a binary's key is a problem anyway, cargo does not check its spelling. */
function oldKeysOfProgram({ oldKeys, crateTypes, procMacro }: TomlTarget): readonly string[] {
  const isProblem = { crate_type: (crateTypes ?? []).length > 0, proc_macro: procMacro === true }
  return oldKeys.filter((key) => !isProblem[key as keyof typeof isProblem])
}

function programProblems({ name, crateTypes, procMacro }: TomlTarget): readonly string[] {
  if (crateTypes !== undefined && crateTypes.length > 0)
    return [`the program \`${name}\` must not have a \`crate-type\``]
  return procMacro === true ? [`the program \`${name}\` must not be a \`proc-macro\``] : []
}

function checkUnique(targets: readonly NamedTarget[], place: TomlPlace): void {
  const seen = new Set<string>()
  for (const { name } of targets) {
    if (seen.has(name))
      failAt(place, 'name', `\`${name}\` is the name of two targets`, 'give each its own name')
    seen.add(name)
  }
}

function inferTargets(key: ListKey, { files, packageName }: DiscoveryInput): readonly Inferred[] {
  const inFolder = inferFromFolder(FOLDERS[key], files)
  const hasMain = key === 'bin' && files.exists('src/main.rs')
  return hasMain ? [{ name: packageName, path: 'src/main.rs' }, ...inFolder] : inFolder
}

/** `FOLDER/NAME.rs` and `FOLDER/NAME/main.rs`. */
function inferFromFolder(folder: string, files: PackageFiles): readonly Inferred[] {
  return files.list(folder).flatMap(({ name, isDirectory }): Inferred[] => {
    if (name.startsWith('.')) return []
    const path = isDirectory ? `${folder}/${name}/main.rs` : `${folder}/${name}`
    if (isDirectory) return files.exists(path) ? [{ name, path }] : []
    return name.endsWith('.rs') ? [{ name: name.slice(0, -3), path }] : []
  })
}

/**
 * Adds the targets that directories imply to the written ones, unless the package or edition 2015 turns that
 * off.
 */
function joinInferred(
  written: readonly TomlTarget[] | undefined,
  inferred: readonly Inferred[],
  auto: boolean | undefined,
  input: DiscoveryInput,
): readonly TomlTarget[] {
  const blank = parseTomlTarget({}, input.place)
  const asTargets = inferred.map(({ name, path }) => ({ ...blank, name, path }))
  if (written === undefined) return auto === false ? [] : asTargets
  // Before edition 2018, one written target turned off inference for its kind (rust-lang/cargo#5330).
  if (!(auto ?? input.edition !== '2015')) return written
  const names = new Set(written.map(({ name }) => name))
  const paths = new Set(written.map(({ path }) => path && componentsOf(path, input)))
  const rest = asTargets.filter(({ name, path }) => !names.has(name) && !paths.has(componentsOf(path, input)))
  return [...written, ...rest]
}

/** Rust compares paths by component: `.` and double slashes do not count. */
function componentsOf(path: string, { folder }: DiscoveryInput): string {
  const components = joinPath(folder, path).split('/')
  return components.filter((component) => component !== '' && component !== '.').join('/')
}

function sortByName(targets: readonly TomlTarget[]): readonly TomlTarget[] {
  return targets.toSorted(({ name: a = '' }, { name: b = '' }) => (a < b ? -1 : a > b ? 1 : 0))
}

function locate(
  target: TomlTarget & { readonly name: string },
  key: ListKey,
  inferred: readonly Inferred[],
  input: DiscoveryInput,
  hasLibrary: boolean,
): string | { readonly problem: string } {
  if (target.path !== undefined) return target.path
  const { name } = target
  const [first, second] = inferred.filter((candidate) => candidate.name === name)
  if (first !== undefined && second === undefined) return first.path
  const legacy = input.edition === '2015' ? legacyPath(key, name, input.files, hasLibrary) : undefined
  if (legacy !== undefined) return legacy
  return first !== undefined && second !== undefined
    ? { problem: `\`${name}\` may be at \`${first.path}\` or at \`${second.path}\`` }
    : {
        problem: `\`${name}\` is neither at \`${FOLDERS[key]}/${name}.rs\` nor at \`${FOLDERS[key]}/${name}/main.rs\``,
      }
}

/** Paths that cargo accepted by mistake before edition 2018, and still accepts there. */
function legacyPath(
  key: ListKey,
  name: string,
  files: PackageFiles,
  hasLibrary: boolean,
): string | undefined {
  if (key === 'bench') return name === 'bench' && files.exists('src/bench.rs') ? 'src/bench.rs' : undefined
  if (key !== 'bin') return undefined
  const candidates = [...(hasLibrary ? [] : [`src/${name}.rs`]), 'src/main.rs', 'src/bin/main.rs']
  return candidates.find((path) => files.exists(path))
}
