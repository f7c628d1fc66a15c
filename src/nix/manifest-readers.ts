/**
 * Which packages are made with something that parses manifests: the same rule as `templates/manifest-readers.nix`.
 *
 * In: the plan. Out: by package, whether its Cargo.toml is part of what its units read.
 */
import type { NixPlan } from './plan.ts'

export interface ManifestReading {
  readonly macros: boolean
  readonly script: boolean
  readonly tests: boolean
}

const PARSERS: ReadonlySet<string> = new Set(
  'basic-toml cargo-manifest cargo_metadata cargo_toml find-crate proc-macro-crate sqlx-macros-core taplo toml toml-span toml_edit toml_parser trybuild ui_test'.split(
    ' ',
  ),
)

/** @returns by crate key */
export function manifestReaders({ crates }: NixPlan): (key: string) => ManifestReading {
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
  const usesParsingMacro = remember((key) =>
    dependencies(key, 'deps').some((dependency) =>
      byKey.get(dependency)!.package.library?.procMacro === true
        ? parses(dependency)
        : usesParsingMacro(dependency),
    ),
  )
  return (key) => ({
    macros: usesParsingMacro(key),
    script: dependencies(key, 'buildDeps').some(parses),
    tests: [...dependencies(key, 'deps'), ...dependencies(key, 'devDeps')].some(parses),
  })
}
