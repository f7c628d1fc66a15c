/**
 * The targets that cargo compiles, built from the discovered ones and the build script.
 *
 * In: discovered targets. Out: cargo's list of `Target`s with all defaults applied.
 * Mirrors the `to_*_targets` half of `util/toml/targets.rs` and the constructors of `Target` in `core/manifest.rs`
 * of cargo 0.96.
 */
import { parse as parsePath } from 'node:path'
import { parseEdition } from './edition.ts'
import type { CrateType, Edition, Target, TargetKind } from './manifest.ts'
import { joinPath } from '../normal-path.ts'
import {
  discoverBuildScript,
  discoverTargets,
  type DiscoveryInput,
  type NamedTarget,
} from './target-discovery.ts'
import { failAt, placeOf, type TomlPlace } from '../toml-value.ts'

export interface BuiltTargets {
  readonly targets: readonly Target[]
  /** What cargo refuses in a member, but ignores in a dependency. */
  readonly problems: readonly string[]
}

/**
 * Builds the targets of a package.
 *
 * @throws Cargo2NixError `bad-manifest` if cargo refuses the manifest, for example because there is no target
 *   at all
 */
export function buildTargets(input: DiscoveryInput): BuiltTargets {
  const { lib, bin, example, test, bench, problems } = discoverTargets(input)
  const ofKind = (kind: TargetKind, list: readonly NamedTarget[]): readonly Target[] =>
    list.map((target) => toTarget(kind, target, crateTypesOf(kind, target), input))
  const targets = [
    ...(lib === undefined ? [] : [toTarget('lib', lib, libraryTypes(lib, input.place), input)]),
    ...ofKind('bin', bin),
    ...ofKind('example', example),
    ...ofKind('test', test),
    ...ofKind('bench', bench),
  ]
  if (targets.length === 0) {
    failAt(
      input.place,
      '',
      'the package has no target: neither `lib` nor `bin`',
      'it needs `src/lib.rs`, `src/main.rs`, `[lib]` or `[[bin]]`',
    )
  }
  const script = discoverBuildScript(input)
  return { targets: script === undefined ? targets : [...targets, buildScript(script, input)], problems }
}

function libraryTypes(lib: NamedTarget, place: TomlPlace): readonly CrateType[] {
  const { crateTypes } = lib
  const here = placeOf(place, 'lib')
  if (crateTypes === undefined) return [lib.procMacro === true ? 'proc-macro' : 'lib']
  if (crateTypes.includes('dylib') && crateTypes.includes('cdylib')) {
    failAt(here, 'crate-type', '`dylib` and `cdylib` exclude each other', 'keep one of them')
  }
  if (crateTypes.includes('proc-macro') && crateTypes.length > 1) {
    failAt(
      here,
      'crate-type',
      '`proc-macro` allows no other type beside it',
      'write `proc-macro = true` alone',
    )
  }
  return crateTypes.map(toCrateType)
}

function crateTypesOf(kind: TargetKind, { crateTypes }: NamedTarget): readonly CrateType[] {
  const isLibrary =
    kind === 'example' && crateTypes !== undefined && crateTypes.some((type) => type !== 'bin')
  return isLibrary ? crateTypes.map(toCrateType) : ['bin']
}

/** Cargo passes an unknown type on to rustc. */
function toCrateType(type: string): CrateType {
  return type === 'procmacro' ? 'proc-macro' : (type as CrateType)
}

function toTarget(
  kind: TargetKind,
  target: NamedTarget,
  crateTypes: readonly CrateType[],
  { edition, folder, place }: DiscoveryInput,
): Target {
  const isLibrary = kind === 'lib'
  const doctestable =
    isLibrary && crateTypes.some((type) => type === 'lib' || type === 'rlib' || type === 'proc-macro')
  return {
    kind,
    crateTypes,
    name: target.name,
    srcPath: joinPath(folder, target.path),
    edition: editionOf(target, edition, placeOf(place, kind)),
    requiredFeatures: isLibrary ? undefined : target.requiredFeatures,
    tested: target.test ?? (kind === 'lib' || kind === 'bin' || kind === 'test'),
    benched: target.bench ?? (kind === 'lib' || kind === 'bin' || kind === 'bench'),
    doctested: doctestable && (target.doctest ?? true),
    documented: target.doc ?? (kind === 'lib' || kind === 'bin'),
    harness: target.harness ?? true,
    procMacro: target.procMacro ?? false,
    docScrapeExamples: target.docScrapeExamples,
  }
}

function editionOf(target: NamedTarget, edition: Edition, place: TomlPlace): Edition {
  return target.edition === undefined ? edition : parseEdition(target.edition, place, 'edition')
}

function buildScript(path: string, { edition, folder }: DiscoveryInput): Target {
  const name = `build-script-${parsePath(path).name}`
  return {
    kind: 'custom-build',
    crateTypes: ['bin'],
    name,
    srcPath: joinPath(folder, path),
    edition,
    requiredFeatures: undefined,
    tested: false,
    benched: false,
    doctested: false,
    documented: false,
    harness: true,
    procMacro: false,
    docScrapeExamples: false,
  }
}
