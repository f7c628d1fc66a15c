/** A profile in Cargo.nix: its settings by role, for members, for dependencies and for packages with their own. */
import type { Profile } from '../../cargo/units/profile.ts'
import type { PlannedProfile, ProfileByRole } from '../plan/plan-profiles.ts'
import { attributes, binding, list, type NixBinding, type NixExpr } from './expr.ts'

export function renderProfile(profile: PlannedProfile): NixExpr {
  const { members, dependencies, packages } = profile
  return attributes([
    ...rolesOf(members),
    ...(dependencies === undefined ? [] : [binding('dependencies', attributes(rolesOf(dependencies)))]),
    ...packages.map(([key, overridden]) => binding(['packages', key], attributes(rolesOf(overridden)))),
  ])
}

function rolesOf(profile: ProfileByRole): readonly NixBinding[] {
  const { host, build } = profile
  // Cargo drops debuginfo of host units only if nobody requested it.
  const isSet = when(!build.debuginfo.deferred, () => binding('debuginfoIsSet', true))
  return [binding('host', settings(host, [])), binding('build', settings(build, isSet))]
}

function settings(profile: Profile, more: readonly NixBinding[]): NixExpr {
  return attributes([
    binding('root', profile.root),
    binding('optLevel', profile.optLevel),
    binding('lto', profile.lto),
    ...when(profile.codegenBackend !== null, () => binding('codegenBackend', profile.codegenBackend)),
    ...when(profile.codegenUnits !== null, () => binding('codegenUnits', profile.codegenUnits)),
    binding('debuginfo', String(profile.debuginfo.value)),
    ...more,
    ...when(profile.splitDebuginfo !== null, () => binding('splitDebuginfo', profile.splitDebuginfo)),
    binding('debugAssertions', profile.debugAssertions),
    binding('overflowChecks', profile.overflowChecks),
    binding('rpath', profile.rpath),
    binding('panic', profile.panic),
    ...when(!profile.strip.deferred, () => binding('strip', profile.strip.value)),
    ...when(profile.rustflags.length > 0, () => binding('rustflags', list(profile.rustflags))),
  ])
}

function when(condition: boolean, make: () => NixBinding): readonly NixBinding[] {
  return condition ? [make()] : []
}
