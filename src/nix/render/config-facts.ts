/** Facts in Cargo.nix about the whole workspace, from cargo's configuration and rules. */
import { relative } from 'node:path'
import type { CargoWorkspace } from '../../cargo/workspace/workspace.ts'
import { rulesByCargo } from '../toolchain/toolchain-age.ts'
import { attributesOf, binding, type NixBinding } from './expr.ts'

/** The facts `lockfile`, `warnings` and `newerRules`, unless they are the default. */
export function configFacts(workspace: CargoWorkspace): readonly NixBinding[] {
  const { lockfilePath, warnings } = workspace.config
  const rules = rulesByCargo(workspace)
  return [
    ...(lockfilePath === undefined ? [] : [binding('lockfile', relative(workspace.root, lockfilePath))]),
    ...(warnings === 'warn' ? [] : [binding('warnings', warnings)]),
    ...(rules.length === 0 ? [] : [binding('newerRules', attributesOf(rules))]),
  ]
}
