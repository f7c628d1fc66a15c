/**
 * The unit graph in cargo's JSON form, version 1.
 *
 * Mirrors `core/compiler/unit_graph.rs` of cargo 0.96, with the fields that its unstable option prints.
 */
import type { CargoConfig } from '../workspace/workspace.ts'
import type { Target } from '../manifest/manifest.ts'
import type { Profile } from './profile.ts'
import { compareUnits, isDoctestable, type Unit, type UnitDependency, type UnitGraph } from './unit.ts'

/**
 * The text that `cargo build --unit-graph -Z unstable-options` prints, on one line.
 *
 * @param customTargets by name: cargo prints the path of the file
 */
export function printUnitGraph(graph: UnitGraph, customTargets: CargoConfig['customTargets'] = {}): string {
  const units = [...graph.dependencies.keys()].toSorted(compareUnits)
  const indices = new Map(units.map((unit, index) => [unit, index]))
  const serialized = units.map((unit) =>
    serializeUnit(unit, graph.dependencies.get(unit)!, indices, customTargets),
  )
  return JSON.stringify({
    version: 1,
    units: serialized,
    roots: graph.roots.map((root) => indices.get(root)),
  })
}

function serializeUnit(
  unit: Unit,
  dependencies: readonly UnitDependency[],
  indices: ReadonlyMap<Unit, number>,
  customTargets: CargoConfig['customTargets'],
): object {
  return {
    pkg_id: unit.package.spec,
    target: serializeTarget(unit.target),
    profile: serializeProfile(unit.profile),
    platform: customTargets[unit.kind ?? '']?.path ?? unit.kind,
    mode: unit.mode === 'check-test' ? 'check' : unit.mode,
    features: unit.features,
    ...(unit.package.isStd ? { is_std: true } : {}),
    dependencies: dependencies.map((dependency) => ({
      index: indices.get(dependency.unit),
      extern_crate_name: dependency.externCrateName,
      public: dependency.isPublic ?? false,
      noprelude: dependency.isStdRoot ?? false,
    })),
  }
}

function serializeTarget(target: Target): object {
  return {
    kind: target.kind === 'lib' ? target.crateTypes : [target.kind],
    crate_types: target.crateTypes,
    name: target.name,
    src_path: target.srcPath,
    edition: target.edition,
    ...(target.requiredFeatures === undefined ? {} : { 'required-features': target.requiredFeatures }),
    doc: target.documented,
    doctest: target.doctested && isDoctestable(target),
    test: target.tested,
  }
}

function serializeProfile(profile: Profile): object {
  const { strip, rustflags } = profile
  const inner = strip.value === 'none' ? 'None' : { Named: strip.value }
  return {
    name: profile.name,
    opt_level: profile.optLevel,
    lto: profile.lto,
    codegen_backend: profile.codegenBackend,
    codegen_units: profile.codegenUnits,
    debuginfo: profile.debuginfo.value,
    split_debuginfo: profile.splitDebuginfo,
    debug_assertions: profile.debugAssertions,
    overflow_checks: profile.overflowChecks,
    rpath: profile.rpath,
    incremental: profile.incremental,
    panic: profile.panic,
    strip: { [strip.deferred ? 'deferred' : 'resolved']: inner },
    ...(rustflags.length === 0 ? {} : { rustflags }),
  }
}
