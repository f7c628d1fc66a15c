/** Pairs of interfaces and their libraries: rustc must have written the same metadata in both derivations. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runOrFail } from '../program.ts'
import type { PackageSet } from './package-set.ts'

interface Shown {
  readonly env: Readonly<Record<string, string>>
  readonly outputs: Readonly<Record<string, { readonly path: string }>>
}

interface Unit {
  readonly name: string
  readonly drv: string
  readonly output: string
  /** All that the builder gets, but for what makes an interface of a library. */
  readonly call: string
}

export interface InterfacePair {
  readonly name: string
  readonly interface: Unit
  readonly library: Unit
}

/**
 * Pairs all interfaces that derivations need with their libraries.
 *
 * @param expression - a list of derivations
 * @throws if an interface has no library there
 */
export async function interfacePairs(set: PackageSet, expression: string): Promise<readonly InterfacePair[]> {
  const { stdout: tops } = await runOrFail('nix-instantiate', ['--expr', expression], { env: set.env })
  const roots = tops
    .trim()
    .split('\n')
    .map((path) => path.replace(/!.*/, ''))
  const closure = await runOrFail('nix-store', ['--query', '--requisites', ...new Set(roots)], {
    env: set.env,
  })
  const derivations = closure.stdout
    .split('\n')
    .filter((path) => /-(?:interface|lib)-[^/]*\.drv$/.test(path) && !/-crate-[^/]*$/.test(path))
  if (derivations.length === 0) return []
  const command = ['--extra-experimental-features', 'nix-command', 'show-derivation', ...derivations]
  const { stdout } = await runOrFail('nix', command, { env: set.env })
  const units = Object.entries(JSON.parse(stdout) as Record<string, Shown>).map(([drv, shown]) =>
    unitOf(drv, shown),
  )
  const libraries = new Map(
    units.filter(({ name }) => !isInterface(name)).map((unit) => [unit.call, unit] as const),
  )
  return units
    .filter(({ name }) => isInterface(name))
    .map((unit) => {
      const library = libraries.get(unit.call)
      if (library === undefined) throw new Error(`${unit.name} has no library among what was asked for`)
      return { name: unit.name, interface: unit, library }
    })
}

/**
 * Names of interfaces that are not the metadata of their libraries: what is linked with such a library would be refused (E0460).
 * All of them must be built.
 */
export function differingInterfaces(pairs: readonly InterfacePair[]): readonly string[] {
  return pairs.flatMap(({ name, interface: { output }, library }) => {
    const files = readdirSync(output)
    const metadata = readFileSync(join(output, files[0]!))
    const rlib = readFileSync(join(library.output, files[0]!.replace(/\.rmeta$/, '.rlib')))
    const isSame = files.length === 1 && metadata.length > 0 && rlib.includes(metadata)
    return isSame ? [] : [`${name} is not the metadata of ${library.name}`]
  })
}

function isInterface(name: string): boolean {
  return name.startsWith('interface-')
}

function unitOf(drv: string, { env, outputs }: Shown): Unit {
  const attributes = JSON.parse(env['__json'] ?? '{}') as Record<string, unknown>
  const { name, isInterface: _1, dropsMetadata: _2, isRecorded: _3, ...call } = attributes
  return { name: String(name), drv, output: outputs['out']!.path, call: JSON.stringify(call) }
}
