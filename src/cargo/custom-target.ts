/**
 * Custom targets: JSON files that specify a target which rustc does not know.
 *
 * In: the parsed file and rustflags. Out: its cfgs.
 * Mirrors what rustc 1.95 makes of the fields (`rustc_target::spec`, `rustc_session::config::cfg`); a test
 * holds it against the specifications that rustc prints of its own targets. Only a nightly rustc reads such
 * files; as for other targets, the cfgs that only a nightly one sets are not here.
 * Covered are all fields that decide a cfg. Of `features`, the names are rustc's and some of LLVM's; what
 * LLVM alone derives from one of its other names (`+apple-a7`) is not known here.
 */
import * as z from 'zod/mini'
import { Cargo2NixError } from '../errors.ts'
import type { CfgSet } from './cfg-expr.ts'
import { cfgSetFrom, type CfgOptions } from './target-cfg.ts'
import { archCpuFeatures } from './target-cpu.ts'
import { featureTable, removedBy, setBy } from './target-feature.ts'
import type { CfgRow } from './target-table.ts'

/** Up to 1.90 or so, rustc wanted some of the numbers as strings. */
const Count = z.pipe(z.union([z.number(), z.string()]), z.transform(Number))
const Families = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((value) => [value].flat()),
)

const TargetSpecFile = z.object({
  arch: z.string(),
  'target-pointer-width': Count,
  abi: z.optional(z.string()),
  'atomic-cas': z.optional(z.boolean()),
  cpu: z.optional(z.string()),
  'crt-static-default': z.optional(z.boolean()),
  'crt-static-respected': z.optional(z.boolean()),
  env: z.optional(z.string()),
  features: z.optional(z.string()),
  'max-atomic-width': z.optional(Count),
  'min-atomic-width': z.optional(Count),
  os: z.optional(z.string()),
  'panic-strategy': z.optional(z.string()),
  'target-endian': z.optional(z.string()),
  'target-family': z.optional(Families),
  vendor: z.optional(z.string()),
})

/** The fields of a custom target that decide its cfgs. */
export interface TargetSpec {
  readonly arch: string
  readonly 'target-pointer-width': number
  readonly abi?: string | undefined
  readonly 'atomic-cas'?: boolean | undefined
  readonly cpu?: string | undefined
  readonly 'crt-static-default'?: boolean | undefined
  readonly 'crt-static-respected'?: boolean | undefined
  readonly env?: string | undefined
  readonly features?: string | undefined
  readonly 'max-atomic-width'?: number | undefined
  readonly 'min-atomic-width'?: number | undefined
  readonly os?: string | undefined
  readonly 'panic-strategy'?: string | undefined
  readonly 'target-endian'?: string | undefined
  readonly 'target-family'?: readonly string[] | undefined
  readonly vendor?: string | undefined
}

/** What rustc calls LLVM's features that it does not know by the same name. */
const LLVM_FEATURES: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> = new Map([
  [
    'aarch64',
    new Map([
      ['crypto', ['aes', 'sha2']],
      ['v8r', ['crc', 'dit', 'dpb', 'flagm', 'lse', 'paca', 'pacg', 'pan', 'ras', 'rcpc2']],
    ]),
  ],
  [
    'x86_64',
    new Map([
      ['bmi', ['bmi1']],
      ['cx16', ['cmpxchg16b']],
      ['pclmul', ['pclmulqdq']],
      ['rdrnd', ['rdrand']],
      ['sahf', ['lahfsahf']],
    ]),
  ],
])

/**
 * Reads a custom target.
 *
 * @param value the parsed JSON
 * @param path of the file, for the error
 * @throws Cargo2NixError `bad-config` where a field is missing or of another type.
 */
export function parseTargetSpec(value: unknown, path: string): TargetSpec {
  const result = z.safeParse(TargetSpecFile, value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Cargo2NixError({
    code: 'bad-config',
    message: `the custom target's \`${issue?.path.join('.')}\` is missing or not what rustc takes`,
    path,
    hint: '`rustc -Z unstable-options --print target-spec-json --target …` shows how one looks.',
  })
}

/**
 * The cfgs of a custom target, as `cfgSetOf` gives them for rustc's own.
 *
 * @throws Cargo2NixError `bad-config` for flags that rustc refuses.
 */
export function customTargetCfgs(spec: TargetSpec, { rustflags = [] }: CfgOptions = {}): CfgSet {
  const respectsCrtStatic = spec['crt-static-respected'] === true
  return cfgSetFrom(
    {
      row: rowOf(spec, respectsCrtStatic),
      respectsCrtStatic,
      featuresOfCpu: (cpu) => (cpu === 'native' ? undefined : featuresOf(spec, cpu)),
    },
    rustflags,
  )
}

function rowOf(spec: TargetSpec, respectsCrtStatic: boolean): CfgRow {
  const families = spec['target-family'] ?? []
  const width = spec['target-pointer-width']
  const features = [...featuresOf(spec, spec.cpu ?? 'generic')]
  // See `target-cfg.ts`: cargo asks in such a way that the default counts only where no flag could change it.
  if (spec['crt-static-default'] === true && !respectsCrtStatic) features.push('crt-static')
  const lists: Readonly<Record<string, readonly string[]>> = {
    panic: [spec['panic-strategy'] ?? 'unwind'],
    target_abi: [spec.abi ?? ''],
    target_arch: [spec.arch],
    target_endian: [spec['target-endian'] ?? 'little'],
    target_env: [spec.env ?? ''],
    target_family: families,
    target_feature: features,
    target_has_atomic: atomics(spec, width),
    target_os: [spec.os ?? 'none'],
    target_pointer_width: [String(width)],
    target_vendor: [spec.vendor ?? 'unknown'],
  }
  const names = [
    'debug_assertions',
    ...families.filter((family) => family === 'unix' || family === 'windows'),
  ]
  return new Map([
    ...names.map((name) => [name, []] as const),
    ...Object.entries(lists).filter(([, values]) => values.length > 0),
  ])
}

function atomics(spec: TargetSpec, pointerWidth: number): readonly string[] {
  if (spec['atomic-cas'] === false) return []
  const min = spec['min-atomic-width'] ?? 8
  const max = spec['max-atomic-width'] ?? pointerWidth
  const widths = [8, 16, 32, 64, 128].filter((width) => width >= min && width <= max)
  return [...widths.map(String), ...(widths.includes(pointerWidth) ? ['ptr'] : [])]
}

function featuresOf(spec: TargetSpec, cpu: string): ReadonlySet<string> {
  const table = featureTable(spec.arch)
  const llvms =
    LLVM_FEATURES.get(spec.arch === 'x86' ? 'x86_64' : spec.arch) ?? new Map<string, readonly string[]>()
  const features = new Set(archCpuFeatures(spec.arch, cpu))
  for (const item of (spec.features ?? '').split(',')) {
    const name = item.slice(1)
    const names = llvms.get(name) ?? [name]
    if (item.startsWith('+')) for (const one of names) for (const set of setBy(table, one)) features.add(set)
    if (item.startsWith('-'))
      for (const one of names) for (const gone of removedBy(table, one)) features.delete(gone)
  }
  return features
}
