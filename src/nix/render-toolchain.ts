/**
 * `nix/toolchain.nix`: the Rust toolchain and the target matrix as Nix.
 *
 * In: NixPlan. Out: text, a fixed point of nixfmt: a function from the building machine's package set to the
 * toolchain's programs and one entry a platform.
 */
import { attributes, attributesOf, binding, list, type NixBinding, type NixExpr } from './expr.ts'
import { GENERATED_HEADER } from './nix-file.ts'
import type { PlannedTarget } from './plan-targets.ts'
import type { NixPlan } from './plan.ts'
import { platformOf, type CrossSystem } from './platform.ts'
import { printNix } from './print.ts'

/** Renders the toolchain that nixpkgs brings, for all platforms of the plan. */
export function renderToolchain(plan: NixPlan): string {
  const targets = attributesOf(plan.targets.map((target) => [target.triple, renderTarget(target)]))
  return `${GENERATED_HEADER}{ pkgs }:
{
  inherit (pkgs.buildPackages) rustc cargo clippy;
  targets = ${printNix(targets, 2)};
}
`
}

function renderTarget({ triple, rustflags, isExplicit, isStatic, linker }: PlannedTarget): NixExpr {
  const platform = platformOf(triple)
  const bindings: NixBinding[] = []
  if (platform?.config !== undefined) bindings.push(binding('config', platform.config))
  const sets = platform?.pkgsCrossNames ?? []
  if (sets.length > 0) bindings.push(binding('pkgsCross', sets.join(' ')))
  bindings.push(...crossSystemFacts(platform?.crossSystem))
  if (rustflags.length > 0) bindings.push(binding('rustflags', list(rustflags)))
  if (isExplicit) bindings.push(binding('isExplicit', true))
  if (isStatic) bindings.push(binding('isStatic', true))
  if (linker !== undefined) bindings.push(binding('linker', linker))
  return attributes(bindings)
}

/** What nixpkgs must be told beside the `config`. */
function crossSystemFacts(crossSystem: CrossSystem | undefined): readonly NixBinding[] {
  const { rust, useLLVM, libc } = crossSystem ?? {}
  return [
    ...(rust === undefined ? [] : [binding(['crossSystem', 'rust', 'rustcTarget'], rust.rustcTarget)]),
    ...(libc === undefined ? [] : [binding(['crossSystem', 'libc'], libc)]),
    ...(useLLVM === undefined ? [] : [binding(['crossSystem', 'useLLVM'], useLLVM)]),
  ]
}
