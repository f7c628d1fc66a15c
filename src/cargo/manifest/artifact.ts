/**
 * Artifact dependencies: `artifact`, `lib` and `target` of a line in a dependency table.
 *
 * In: the table. Out: `Artifact`, and later the targets of the package that it names.
 * Mirrors `Artifact::parse` in `core/dependency.rs` and `core/compiler/artifact.rs` of cargo 0.100. Whether the workspace
 * may have such a dependency is checked in `nightly-features.ts`.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { Artifact, CrateType, Dependency, Target } from './manifest.ts'
import { booleanAt, failAt, stringAt, stringsAt, type TomlPlace, type TomlTable } from '../toml-value.ts'

/** @throws Cargo2NixError `bad-manifest` if cargo refuses the keys */
export function parseArtifact(table: TomlTable, place: TomlPlace): Artifact | undefined {
  const written = table['artifact']
  const withLibrary = booleanAt(table, 'lib', place)
  const target = stringAt(table, 'target', place)
  if (written === undefined) {
    for (const key of ['lib', 'target'])
      if (table[key] !== undefined)
        failAt(place, key, 'has a meaning only beside `artifact`', 'remove the key')
    return undefined
  }
  const kinds = typeof written === 'string' ? [written] : (stringsAt(table, 'artifact', place) ?? [])
  checkKinds(kinds, place)
  if (target === '') failAt(place, 'target', 'is empty', 'name a target')
  return { kinds, withLibrary: withLibrary ?? false, target }
}

function checkKinds(kinds: readonly string[], place: TomlPlace): void {
  const fail = (message: string): never => failAt(place, 'artifact', message)
  for (const kind of kinds) {
    if (!['bin', 'cdylib', 'staticlib'].includes(kind) && !kind.startsWith('bin:'))
      fail(`\`${kind}\` is none of bin, bin:NAME, cdylib and staticlib`)
  }
  if (kinds.includes('bin') && kinds.some((kind) => kind.startsWith('bin:')))
    fail('`bin` already means all binaries: it cannot be beside `bin:NAME`')
  if (new Set(kinds).size < kinds.length) fail('a kind is listed twice')
}

/** Whether a dependency's library can be used: of an artifact dependency, only if it says so. */
export function hasLibrary({ artifact }: Dependency): boolean {
  return artifact === undefined || artifact.withLibrary
}

/** A target of a package as an artifact: of a library, only one of its crate types. */
export interface ArtifactTarget {
  readonly kind: 'bin' | 'cdylib' | 'staticlib'
  readonly target: Target
}

/**
 * The targets that an artifact dependency names, in the order of its kinds.
 *
 * @throws Cargo2NixError `bad-manifest` if the package does not have one of them
 */
export function artifactTargets(
  dependency: Dependency,
  artifact: Artifact,
  targets: readonly Target[],
  dependent: { readonly name: string; readonly manifestPath: string },
): readonly ArtifactTarget[] {
  return artifact.kinds.flatMap((written) => {
    const found = targetsOfKind(written, targets)
    if (found.length > 0) return found
    throw new Cargo2NixError({
      code: 'bad-manifest',
      path: dependent.manifestPath,
      message: `dependency \`${dependency.nameInToml}\` in package \`${dependent.name}\` requires a \`${written}\` artifact, which \`${dependency.packageName}\` does not have`,
      hint: 'correct `artifact`',
    })
  })
}

function targetsOfKind(written: string, targets: readonly Target[]): readonly ArtifactTarget[] {
  if (written === 'cdylib' || written === 'staticlib') {
    return targets
      .filter(({ kind, crateTypes }) => kind === 'lib' && crateTypes.includes(written))
      .map((target) => ({ kind: written, target: onlyOfType(target, written) }))
  }
  const name = written === 'bin' ? undefined : written.slice('bin:'.length)
  return targets
    .filter((target) => target.kind === 'bin' && (name === undefined || target.name === name))
    .map((target) => ({ kind: 'bin', target }))
}

/** Each artifact of a library is a unit of its own. */
function onlyOfType(target: Target, type: CrateType): Target {
  return { ...target, crateTypes: [type] }
}
