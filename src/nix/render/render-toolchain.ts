/**
 * `nix/toolchain.nix`: the Rust toolchain and the target matrix as Nix.
 *
 * In: NixPlan, and the chosen toolchain. Out: text, a fixed point of nixfmt: a function from a package set to
 * the toolchain's programs and one entry per platform. `templates/toolchain.nix` builds both from the facts.
 */
import { attributes, attributesOf, binding, list, raw, type NixBinding, type NixExpr } from './expr.ts'
import { GENERATED_HEADER } from './nix-file.ts'
import type { PlannedTarget } from '../plan/plan-targets.ts'
import type { NixPlan } from '../plan/plan.ts'
import { platformOf, type CrossSystem } from '../platform/platform.ts'
import type { RuntimeSource } from '../settings/settings.ts'
import { printNix } from './print.ts'
import { programVersion } from '../../version.ts'
import { PIN_FILE } from '../toolchain/toolchain-pin.ts'
import type { ToolchainChoice } from '../toolchain/toolchain-request.ts'

/** Renders the chosen toolchain, for all platforms of the plan. */
export function renderToolchain(plan: NixPlan, choice: ToolchainChoice, runtime: RuntimeSource): string {
  const targets = attributesOf(plan.targets.map((target) => [target.triple, renderTarget(target)]))
  const facts = [binding('version', programVersion), ...choiceFacts(choice), binding('targets', targets)].map(
    ({ path, value }) => `  ${path.join('.')} = ${printNix(value, 2)};\n`,
  )
  const [argument, value] =
    runtime === 'argument' ? ['{ pkgs, cargo2nix }', 'cargo2nix'] : ['{ pkgs }', '(import ./cargo2nix.nix)']
  return `${GENERATED_HEADER}${argument}:
${value}.toolchain {
  inherit pkgs;
${facts.join('')}}
`
}

function choiceFacts(choice: ToolchainChoice): readonly NixBinding[] {
  if (choice.provider === 'dist') {
    const { extraTargets } = choice
    const pin = binding('pin', raw(`./${PIN_FILE}`))
    return extraTargets.length === 0 ? [pin] : [pin, binding('extraTargets', list(extraTargets))]
  }
  return choice.channel === undefined ? [] : [binding('channel', choice.channel)]
}

function renderTarget(target: PlannedTarget): NixExpr {
  const { triple, rustflags, rustdocflags, olderRustdocflags, isExplicit, isStatic } = target
  const { addsFlags, linker, runner } = target
  const platform = platformOf(triple)
  const bindings: NixBinding[] = []
  if (platform?.config !== undefined) bindings.push(binding('config', platform.config))
  const sets = platform?.pkgsCrossNames ?? []
  if (sets.length > 0) bindings.push(binding('pkgsCross', sets.join(' ')))
  bindings.push(...crossSystemFacts(platform?.crossSystem))
  if (rustflags.length > 0) bindings.push(binding('rustflags', list(rustflags)))
  if (rustdocflags.length > 0) bindings.push(binding('rustdocflags', list(rustdocflags)))
  if (rustdocflags.join('\0') !== olderRustdocflags.join('\0'))
    bindings.push(binding(['before', '1.96', 'rustdocflags'], list(olderRustdocflags)))
  if (isExplicit) bindings.push(binding('isExplicit', true))
  if (isStatic) bindings.push(binding('isStatic', true))
  if (addsFlags) bindings.push(binding('addsFlags', true))
  if (linker !== undefined) bindings.push(binding('linker', linker))
  if (runner !== undefined) bindings.push(binding('runner', list(runner)))
  if (target.spec !== undefined) {
    bindings.push(binding('spec', target.spec.path), binding('specHash', target.spec.hash))
  } else if (target.compilesStd) bindings.push(binding('compilesStd', true))
  return attributes(bindings)
}

/** What nixpkgs needs besides the `config`. */
function crossSystemFacts(crossSystem: CrossSystem | undefined): readonly NixBinding[] {
  const { rust, useLLVM, libc } = crossSystem ?? {}
  return [
    ...(rust === undefined ? [] : [binding(['crossSystem', 'rust', 'rustcTarget'], rust.rustcTarget)]),
    ...(libc === undefined ? [] : [binding(['crossSystem', 'libc'], libc)]),
    ...(useLLVM === undefined ? [] : [binding(['crossSystem', 'useLLVM'], useLLVM)]),
  ]
}
