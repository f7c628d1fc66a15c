/** Random command lines for a random workspace. */
import type { Subcommand, UnitRequest } from '../../oracle/unit-graph.ts'
import type { RandomPackage } from './packages.ts'
import { CUSTOM_PROFILES } from './profiles.ts'
import type { Random } from './random.ts'
import type { RandomWorkspace } from './workspace.ts'

type Flags = Omit<UnitRequest, 'subcommand'>

const TARGETS = [
  'x86_64-unknown-linux-gnu',
  'x86_64-unknown-linux-musl',
  'x86_64-pc-windows-gnu',
  'aarch64-apple-darwin',
]

export function randomRequest(random: Random, { packages, profiles }: RandomWorkspace): UnitRequest {
  const subcommand = random.pick<Subcommand>([
    'build',
    'build',
    'build',
    'test',
    'test',
    'check',
    'check',
    'bench',
    'doc',
  ])
  return {
    subcommand,
    ...selection(random, packages),
    ...filter(random, subcommand),
    ...features(random, packages),
    ...profile(random, subcommand, profiles),
    ...(random.chance(0.4) ? { target: targets(random) } : {}),
    ...(subcommand === 'doc' && random.chance(0.3) ? { deps: false } : {}),
  }
}

function selection(random: Random, packages: readonly RandomPackage[]): Flags {
  const members = packages.filter(({ home }) => home === 'member')
  const nameOf = (item: RandomPackage): string =>
    random.pick([item.name, item.name, `${item.name}@${item.version}`])
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return { workspace: true }
    case 3:
      return { workspace: true, exclude: [random.chance(0.8) ? random.pick(members).name : 'm*'] }
    case 4:
      return { package: random.some(members, 0.6).map(nameOf).concat(random.pick(members).name) }
    case 5:
      return {
        package: [random.chance(0.2) ? 'm*' : nameOf(random.pick(random.chance(0.6) ? members : packages))],
      }
    default:
      return {}
  }
}

function filter(random: Random, subcommand: Subcommand): Flags {
  if (random.chance(0.55)) return {}
  if (subcommand === 'test' && random.chance(0.2)) return { doc: true }
  const isDoc = subcommand === 'doc'
  const all = ['lib', 'bins', 'examples', ...(isDoc ? [] : ['tests', 'benches', 'allTargets'])]
  const switches = Object.fromEntries(random.some(all, 0.3).map((name) => [name, true]))
  if (random.chance(0.7)) return switches
  const named: Flags = random.pick<Flags>([
    { bin: ['bin-0'] },
    { bin: ['bin-*'] },
    { example: [`example-${random.below(2)}`] },
    ...(isDoc ? [] : [{ test: ['test-?'] }, { bench: ['bench-[01]'] }]),
  ])
  return { ...switches, ...named }
}

function features(random: Random, packages: readonly RandomPackage[]): Flags {
  const flags: { -readonly [K in keyof Flags]: Flags[K] } = {}
  if (random.chance(0.15)) flags.allFeatures = true
  if (random.chance(0.25)) flags.defaultFeatures = false
  if (random.chance(0.3)) {
    const members = packages.filter(({ home }) => home === 'member')
    const item = random.pick(random.chance(0.8) ? members : packages)
    const names = random.chance(0.1) ? [random.pick(packages).name] : [...item.features, 'default']
    const feature = random.pick(names)
    const spelled = random.pick([
      feature,
      `${item.name}/${feature}`,
      `${item.name}/${feature}`,
      `${item.name}?/${feature}`,
    ])
    flags.features = random.chance(0.1) ? [`${spelled},f0 f2`] : [spelled]
  }
  return flags
}

function profile(random: Random, subcommand: Subcommand, profiles: readonly string[]): Flags {
  if (random.chance(0.7)) return {}
  if (random.chance(0.4) && subcommand !== 'bench') return { release: true }
  const known = ['dev', 'release', 'test', 'bench', ...profiles, ...profiles]
  return { profile: random.pick(random.chance(0.03) ? CUSTOM_PROFILES : known) }
}

function targets(random: Random): readonly string[] {
  const first = random.pick(TARGETS)
  return random.chance(0.2) ? [first, random.pick(TARGETS)] : [first]
}
