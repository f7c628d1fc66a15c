/** Artifact dependencies in Cargo.nix: `artifacts`, `devArtifacts` and `buildArtifacts` of a crate, and `artifactBins`. */
import { dirname, relative } from 'node:path'
import { readArtifact } from '../plan/artifact-items.ts'
import type { NixPlan } from '../plan/plan.ts'
import type { PlannedCrate } from '../plan/plan-crate.ts'
import { attributes, binding, type NixBinding, type NixExpr } from './expr.ts'

const FACTS: ReadonlySet<string> = new Set(['artifacts', 'devArtifacts', 'buildArtifacts'])

/** Whether the items of a fact are artifacts. */
export function isArtifacts(fact: string): boolean {
  return FACTS.has(fact)
}

export function renderArtifact(text: string): NixExpr {
  const { crate, kind, name, dependency, target } = readArtifact(text)
  return attributes([
    binding('crate', crate),
    binding('kind', kind),
    binding('name', name),
    binding('dependency', dependency),
    ...(target === undefined ? [] : [binding('target', target)]),
  ])
}

/** The crate roots of binaries that other packages depend on, whether or not a build selects them. */
export function artifactPrograms({ crates }: NixPlan): (crate: PlannedCrate) => readonly NixBinding[] {
  const artifacts = crates.flatMap(({ items }) =>
    items.flatMap((each) => (isArtifacts(each.fact) ? each.items.map(readArtifact) : [])),
  )
  const programs = new Set(
    artifacts.filter(({ kind }) => kind === 'bin').map(({ crate, name }) => `${crate} ${name}`),
  )
  return ({ key, package: { manifest } }) =>
    manifest.targets
      .filter(({ kind, name }) => kind === 'bin' && programs.has(`${key} ${name}`))
      .map(({ name, srcPath }) =>
        binding(['artifactBins', name], relative(dirname(manifest.manifestPath), srcPath)),
      )
}
