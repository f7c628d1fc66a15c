/** The unit derivations that an expression depends on, by name: what Nix would build, found without building. */
import { runOrFail } from '../program.ts'
import type { PackageSet } from '../builds/package-set.ts'
import { moreOften, unitName } from './units.ts'

interface Derivation {
  readonly env: Readonly<Record<string, string>>
}

/** The attributes of `compile-unit.nix` and `run-build-script.nix` that are looked at. */
interface Attributes {
  readonly name?: string
  readonly crateName?: string
  readonly arguments?: readonly string[]
  readonly buildScript?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly isInterface?: boolean
}

/** After the name of a unit, for the derivation of its interface. */
const INTERFACE = ' (interface)'

/** Names of derivations that were looked at before; undefined: it is no unit. */
export type KnownDerivations = Map<string, string | undefined>

/**
 * @param expression - a derivation or a list of them
 * @param known - is added to
 * @returns path of the derivation -> name of the unit
 */
export async function nixUnits(
  set: PackageSet,
  expression: string,
  known: KnownDerivations,
): Promise<ReadonlyMap<string, string>> {
  const instantiated = await runOrFail('nix-instantiate', ['--expr', expression], { env: set.env })
  const roots = instantiated.stdout
    .trim()
    .split('\n')
    .map((root) => root.replace(/!.*/, ''))
  const closure = await runOrFail('nix-store', ['--query', '--requisites', ...new Set(roots)], {
    env: set.env,
  })
  const paths = closure.stdout.split('\n').filter((path) => path.endsWith('.drv'))
  await lookAt(
    set,
    paths.filter((path) => !known.has(path)),
    known,
  )
  return new Map(
    paths.flatMap((path) => {
      const name = known.get(path)
      return name === undefined ? [] : [[path, name] as const]
    }),
  )
}

/** The names of the units that have a derivation among new ones, once each: an interface is the same unit. */
export function freshUnits(
  units: ReadonlyMap<string, string>,
  isKnown: (path: string) => boolean,
): readonly string[] {
  const fresh = [...units].filter(([path]) => !isKnown(path)).map(([, name]) => name)
  const full = fresh.filter((name) => !name.endsWith(INTERFACE))
  const interfaces = fresh
    .filter((name) => name.endsWith(INTERFACE))
    .map((name) => name.slice(0, -INTERFACE.length))
  return [...full, ...moreOften(interfaces, full)]
}

async function lookAt(set: PackageSet, paths: readonly string[], known: KnownDerivations): Promise<void> {
  if (paths.length === 0) return
  const command = ['--extra-experimental-features', 'nix-command', 'show-derivation', ...paths]
  const { stdout } = await runOrFail('nix', command, { env: set.env })
  for (const [path, { env }] of Object.entries(JSON.parse(stdout) as Record<string, Derivation>)) {
    known.set(path, nameOf(JSON.parse(env['__json'] ?? '{}') as Attributes))
  }
}

function nameOf({
  name,
  crateName,
  arguments: args,
  buildScript,
  environment,
  isInterface,
}: Attributes): string | undefined {
  // cargo compiles documentation tests when it runs them
  if (name?.endsWith('-doctests') === true) return undefined
  if (environment?.['CARGO_PKG_NAME'] === undefined) return undefined
  if (buildScript === undefined && crateName === undefined) return undefined
  const unit = unitName(environment, crateName, buildScript === undefined ? (args ?? []) : undefined)
  return isInterface === true ? `${unit}${INTERFACE}` : unit
}
