/**
 * Which packages are made with something that parses manifests: the same rule as `templates/sources/manifest-readers.nix`.
 *
 * In: the plan. Out: by package, whether its Cargo.toml is part of what its units read.
 */
import type { NixPlan } from '../plan/plan.ts'
import type { SourceFile } from './source-file.ts'

export interface Reading extends Readonly<Record<Use, boolean>> {
  /** Macros that the build script uses. */
  readonly scriptMacros: boolean
  /** Whether a path package's macro may read files that only it names. */
  readonly hidden: Readonly<Record<Use, boolean>>
}

/** Macros that the library and programs use, the build script, and all that tests are made with. */
type Use = 'macros' | 'script' | 'tests'

const PARSERS: ReadonlySet<string> = new Set(
  'basic-toml cargo-lock cargo-manifest cargo-util-schemas cargo_metadata cargo_toml document-features find-crate guppy krates proc-macro-crate sqlx-macros-core taplo toml toml-span toml_edit toml_parser trybuild ui_test'.split(
    ' ',
  ),
)

/**
 * @param codeOf - by key of a path package the files of its library
 * @returns by crate key
 */
export function manifestReaders(
  { crates }: NixPlan,
  codeOf: (key: string) => readonly SourceFile[],
): (key: string) => Reading {
  const byKey = new Map(crates.map((crate) => [crate.key, crate]))
  const dependencies = (key: string, fact: string): readonly string[] =>
    byKey.get(key)!.items.flatMap((each) => (each.fact === fact ? each.items : []))
  const remember = (of: (key: string) => boolean): ((key: string) => boolean) => {
    const known = new Map<string, boolean>()
    return (key) => {
      let answer = known.get(key)
      if (answer === undefined) known.set(key, (answer = of(key)))
      return answer
    }
  }
  const parses = remember(
    (key) => PARSERS.has(byKey.get(key)!.package.name) || dependencies(key, 'deps').some(parses),
  )
  const isMacro = (key: string): boolean => byKey.get(key)!.package.library?.procMacro === true
  const bringsParsingMacro = (key: string): boolean => (isMacro(key) ? parses(key) : usesParsingMacro(key))
  const usesParsingMacro = remember((key) => dependencies(key, 'deps').some(bringsParsingMacro))
  const localDependencies = (key: string): readonly string[] => dependencies(key, 'deps').filter(isLocal)
  const isLocal = (key: string): boolean => byKey.get(key)!.package.isLocal
  const codeFrom = (key: string): readonly SourceFile[] => (isLocal(key) ? codeOf(key) : [])
  // What a proc macro is made of looks for the package that calls it; `macro_rules!` start there anyway.
  const looks = remember(
    (key) =>
      codeFrom(key).some((file) => file.text().includes('MANIFEST_DIR')) ||
      localDependencies(key).some(looks),
  )
  const includes = remember((key) => codeFrom(key).some(isIncludingMacro))
  const hasHidden = remember(
    (key) => (isMacro(key) ? looks(key) : includes(key)) || localDependencies(key).some(hasHidden),
  )
  const anyHidden = (key: string, facts: readonly string[]): boolean =>
    facts.some((fact) => dependencies(key, fact).some((each) => isLocal(each) && hasHidden(each)))
  return (key) => ({
    macros: usesParsingMacro(key),
    scriptMacros: dependencies(key, 'buildDeps').some(bringsParsingMacro),
    script: dependencies(key, 'buildDeps').some(parses),
    tests: [...dependencies(key, 'deps'), ...dependencies(key, 'devDeps')].some(parses),
    hidden: {
      macros: includes(key) || anyHidden(key, ['deps']),
      script: anyHidden(key, ['buildDeps']),
      tests: includes(key) || anyHidden(key, ['deps', 'devDeps']),
    },
  })
}

function isIncludingMacro(file: SourceFile): boolean {
  const text = file.text()
  return text.includes('macro_rules!') && /include_(?:str|bytes)!\(/.test(text)
}
