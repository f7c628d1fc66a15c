/**
 * Which features `-C target-cpu` enables.
 *
 * In: a target and a CPU name. Out: the stable target features, as rustc gets them from LLVM.
 * `scripts/update-target-cpus.mjs` writes the data, `target-cpus.json`, and documents its format. `native`
 * means the compiling machine; here it is the target's default, since what is generated must not depend on a
 * machine.
 */
import tables from './target-cpus.json' with { type: 'json' }
import { featureTable, setBy } from './target-feature.ts'

interface TargetGroup {
  readonly targets: string
  readonly always: string
  readonly never: string
  readonly except: Readonly<Record<string, string>>
}

interface CpuTable {
  readonly cpus: Readonly<Record<string, string>>
  readonly targets: readonly TargetGroup[]
}

const byArch: Readonly<Record<string, CpuTable>> = tables

/** The features of a CPU; undefined if they do not depend on it, or are unknown. */
export function cpuFeatures(triple: string, arch: string, cpu: string): ReadonlySet<string> | undefined {
  const table = tableOf(arch)
  const group = table?.targets.find(({ targets }) => targets.split(' ').includes(triple))
  if (cpu === 'native' || table === undefined || group === undefined) return undefined
  const exception = setWith(group.except, nameIn(table, cpu))
  if (exception !== undefined) return new Set(expanded(arch, exception))
  const features = new Set([...archCpuFeatures(arch, cpu), ...expanded(arch, group.always)])
  for (const feature of group.never.split(' ')) features.delete(feature)
  return features
}

/** The features of a CPU alone, whatever the target. */
function archCpuFeatures(arch: string, cpu: string): readonly string[] {
  const table = tableOf(arch)
  return table === undefined ? [] : expanded(arch, setWith(table.cpus, nameIn(table, cpu)) ?? '')
}

function tableOf(arch: string): CpuTable | undefined {
  return Object.hasOwn(byArch, arch) ? byArch[arch] : undefined
}

/** LLVM treats an unknown CPU as one without features. */
function nameIn(table: CpuTable, cpu: string): string {
  return setWith(table.cpus, cpu) === undefined ? '?' : cpu
}

function setWith(cpus: Readonly<Record<string, string>>, cpu: string): string | undefined {
  return Object.keys(cpus).find((features) => cpus[features]?.split(' ').includes(cpu) === true)
}

function expanded(arch: string, features: string): readonly string[] {
  if (features === '') return []
  const table = featureTable(arch)
  return features.split(' ').flatMap((feature) => setBy(table, feature))
}
