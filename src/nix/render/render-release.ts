/** The facts `release` and `deploy` of Cargo.nix, without settings at the runtime's defaults. */
import type { PlannedRelease } from '../plan/planned-release.ts'
import type { DeploySettings } from '../settings/deploy-settings.ts'
import type { ImageSettings } from '../settings/release-settings.ts'
import { attributes, attributesOf, binding, list, words, type NixBinding, type NixExpr } from './expr.ts'

/** One binding, or none without the table. */
export function releaseFact(release: PlannedRelease | undefined): readonly NixBinding[] {
  if (release === undefined) return []
  const { name, packages, build, targets, formats, image, files, classes, check } = release
  const table = attributes([
    ...given('name', name),
    ...given('packages', packages && words(packages)),
    binding('build', build),
    binding('targets', words(targets)),
    binding('formats', words(formats)),
    ...tableOf('image', imageBindings(image)),
    ...tableOf('files', entries(files)),
    binding(
      'classes',
      list(
        classes.map(({ name: each, pattern }) =>
          attributes([binding('name', each), ...given('pattern', pattern)]),
        ),
      ),
    ),
    binding(
      ['check', 'arguments'],
      attributesOf(Object.entries(check.arguments).map(([key, args]) => [key, list(args)])),
    ),
    ...(check.newerCode.length === 0 ? [] : [binding(['check', 'newerCode'], words(check.newerCode))]),
    ...(check.integrationTests.length === 0
      ? []
      : [binding(['check', 'integrationTests'], words(check.integrationTests))]),
  ])
  return [binding('release', table)]
}

/** One binding, or none if no member is deployed. */
export function deployFact(deploy: Readonly<Record<string, DeploySettings>>): readonly NixBinding[] {
  const members = Object.entries(deploy).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return tableOf(
    'deploy',
    members.map(([member, settings]) => binding(member, attributes(deployBindings(settings)))),
  )
}

function deployBindings(settings: DeploySettings): readonly NixBinding[] {
  const { build, program, environment, configuration, stateDirectory, user, ports } = settings
  return [
    binding('build', build),
    ...given('program', program),
    binding('arguments', list(settings.arguments)),
    ...tableOf('environment', entries(environment)),
    ...given('configuration', configuration),
    binding('stateDirectory', stateDirectory),
    binding('user', user),
    binding('ports', list(ports)),
  ]
}

function imageBindings(image: ImageSettings): readonly NixBinding[] {
  const { name, entrypoint, command, ports, user, environment, labels, files, certificates, timeZones } =
    image
  return [
    ...given('name', name),
    ...given('entrypoint', entrypoint && list(entrypoint)),
    ...(command.length === 0 ? [] : [binding('command', list(command))]),
    ...(ports.length === 0 ? [] : [binding('ports', words(ports))]),
    binding('user', user),
    ...tableOf('environment', entries(environment)),
    ...tableOf('labels', entries(labels)),
    ...tableOf('files', entries(files)),
    ...(certificates ? [binding('certificates', true)] : []),
    ...(timeZones ? [binding('timeZones', true)] : []),
  ]
}

function given(name: string, value: NixExpr | undefined): readonly NixBinding[] {
  return value === undefined ? [] : [binding(name, value)]
}

function tableOf(name: string, bindings: readonly NixBinding[]): readonly NixBinding[] {
  return bindings.length === 0 ? [] : [binding(name, attributes(bindings))]
}

function entries(record: Readonly<Record<string, string>>): readonly NixBinding[] {
  return Object.entries(record)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => binding(key, value))
}
