/** The targets of one random package: their tables, and the files that make cargo find them. */
import type { RandomDependencies } from './dependencies.ts'
import type { RandomPackage } from './packages.ts'
import type { Random } from './random.ts'
import type { Toml } from './toml.ts'

export interface RandomTargets {
  /** Keys of `[package]`. */
  readonly package: Record<string, Toml>
  readonly tables: Record<string, Toml>
  /** Relative to the package; all are empty. */
  readonly files: readonly string[]
}

export function randomTargets(
  random: Random,
  item: RandomPackage,
  dependencies: RandomDependencies,
): RandomTargets {
  const lib = libraryTable(random, item)
  const files = item.library === 'none' ? [] : ['src/lib.rs']
  const tables: Record<string, Toml> = Object.keys(lib).length > 0 ? { lib } : {}
  if (item.library === 'none' || random.chance(0.25)) files.push('src/main.rs')
  if (item.home !== 'registry' || random.chance(0.2)) {
    for (const [section, folder, probability] of SECTIONS) {
      if (!random.chance(probability)) continue
      const name = `${section}-${random.below(2)}`
      files.push(`${folder}/${name}.rs`)
      const table = targetTable(random, section, dependencies)
      if (Object.keys(table).length > 0) tables[section] = [{ name, path: `${folder}/${name}.rs`, ...table }]
    }
  }
  const isScripted = random.chance(0.3) || hasBuildDependencies(dependencies)
  if (isScripted) files.push('build.rs')
  const links = isScripted && random.chance(0.4) ? { links: `native-${item.name}-${item.version}` } : {}
  return { package: links, tables, files }
}

const SECTIONS = [
  ['bin', 'src/bin', 0.25],
  ['example', 'examples', 0.25],
  ['test', 'tests', 0.3],
  ['bench', 'benches', 0.2],
] as const

function hasBuildDependencies({ tables }: RandomDependencies): boolean {
  return JSON.stringify(tables).includes('"build-dependencies"')
}

function libraryTable(random: Random, { library }: RandomPackage): Record<string, Toml> {
  if (library === 'none') return {}
  const switches = random.some(['test', 'doctest', 'bench', 'doc'], 0.07).map((key) => [key, false] as const)
  const kind: Record<string, Toml> =
    library === 'proc-macro'
      ? { 'proc-macro': true }
      : library === 'other'
        ? {
            'crate-type': random.pick([
              ['cdylib'],
              ['rlib', 'cdylib'],
              ['staticlib'],
              ['dylib'],
              ['lib', 'staticlib'],
              ['rlib'],
            ]),
          }
        : {}
  return {
    ...kind,
    ...Object.fromEntries(switches),
    ...(random.chance(0.05) ? { name: `renamed_${random.below(9)}` } : {}),
  }
}

function targetTable(
  random: Random,
  section: string,
  { tables, offered }: RandomDependencies,
): Record<string, Toml> {
  const table: Record<string, Toml> = {}
  const required = requirable(random, tables, offered)
  if (random.chance(0.35) && required.length > 0) table['required-features'] = random.some(required, 0.5)
  for (const key of ['test', 'bench', 'doc', 'harness'])
    if (random.chance(0.08)) table[key] = random.chance(0.5)
  if (section === 'example' && random.chance(0.15))
    table['crate-type'] = [random.pick(['lib', 'cdylib', 'proc-macro', 'staticlib'])]
  if (section === 'example' && random.chance(0.1)) table['doc-scrape-examples'] = random.chance(0.7)
  return table
}

/** Own features, features of dependencies, and rarely something that does not exist. */
function requirable(
  random: Random,
  tables: RandomDependencies['tables'],
  offered: readonly string[],
): readonly string[] {
  const dependencies = Object.keys((tables['dependencies'] ?? {}) as object)
  return [
    ...offered,
    ...dependencies.map((name) => `${name}/${random.pick(['f0', 'f1', 'default'])}`),
    ...(random.chance(0.02) ? ['nothing', `dep:${dependencies[0] ?? 'nothing'}`] : []),
  ]
}
