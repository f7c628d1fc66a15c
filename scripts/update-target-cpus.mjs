// Asks the installed rustc what each `-C target-cpu` enables for each of its targets, and writes
// src/cargo/platform/target-cpus.json, which src/cargo/platform/target-cpu.ts reads. Run it on each new Rust release after
// update-target-cfgs.mjs; it asks some 25,000 times, which takes a quarter of an hour.
//
// target-cpus.json, for each target_arch whose features depend on the processor at all:
//   cpus      features -> processors that have them; `?` is any that LLVM does not know
//   targets   groups of targets: `always` and `never` are features that the target adds to each
//             processor's or takes from it; `except` is like `cpus`, for processors where that is not so
// Features that come with another (target-features.json) are left out, but for `never`.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)
const IMPLIED = JSON.parse(readFileSync('src/cargo/platform/target-features.json', 'utf8'))
const UNKNOWN = 'no-such-cpu'

/** LLVM's second names of processors, which its list leaves out. Apple's targets are defined by them. */
const ALIASES = (
  'apple-a8 apple-a9 apple-a18 apple-a19 apple-latest apple-m1 apple-m2 apple-m3 apple-s4 apple-s5 apple-s6 apple-s7 ' +
  'apple-s8 apple-s9 apple-s10 cobalt-100 cyclone'
).split(' ')

async function lines(...args) {
  return (await run('rustc', args, { maxBuffer: 2 ** 26 })).stdout.split('\n')
}

async function featuresOf(target, cpu) {
  try {
    const cfgs = await lines('--print', 'cfg', '--target', target, '-C', `target-cpu=${cpu}`)
    const features = cfgs.flatMap((cfg) => /^target_feature="(.*)"$/.exec(cfg)?.[1] ?? [])
    return features.filter((feature) => feature !== 'crt-static').sort()
  } catch {
    // LLVM's back-ends for Hexagon and MIPS crash on a processor that they do not know.
    return []
  }
}

/** The features of every processor for one target, by the processor's name. */
async function mapOf(target, arch) {
  const listed = await lines('--print', 'target-cpus', '--target', target)
  const cpus = listed.flatMap((line) => /^ {4}(\S+)/.exec(line)?.[1] ?? []).filter((cpu) => cpu !== 'native')
  const aliases = arch === 'aarch64' || arch === 'arm64ec' ? ALIASES : []
  const entries = []
  for (const cpu of [...cpus, ...aliases, UNKNOWN])
    entries.push([cpu === UNKNOWN ? '?' : cpu, await featuresOf(target, cpu)])
  return Object.fromEntries(entries)
}

async function archOf(target) {
  const cfgs = await lines('--print', 'cfg', '--target', target)
  return cfgs.flatMap((cfg) => /^target_arch="(.*)"$/.exec(cfg)?.[1] ?? [])[0]
}

function words(text) {
  return text === undefined || text === '' ? [] : text.split(' ')
}

/** Without those that another one brings; of two that bring each other, both stay. */
function minimal(arch, features) {
  const implied = (feature) => words(IMPLIED[arch]?.[feature])
  return features
    .filter((one) => !features.some((other) => implied(other).includes(one) && !implied(one).includes(other)))
    .join(' ')
}

function bySet(arch, entries) {
  const sets = {}
  for (const [cpu, features] of entries) {
    const set = minimal(arch, features)
    sets[set] = sets[set] === undefined ? cpu : `${sets[set]} ${cpu}`
  }
  return sets
}

/** A target's map of processors as the difference to another's. */
function targetGroup(arch, base, map, targets) {
  const sets = Object.values(map)
  const some = new Set(sets.flat())
  const always = sets.reduce((a, b) => a.filter((feature) => b.includes(feature)))
  const never = [...new Set(Object.values(base).flat())].filter((feature) => !some.has(feature)).sort()
  const derived = (cpu) =>
    [...new Set([...(base[cpu] ?? ['?']), ...always])].filter((one) => !never.includes(one)).sort()
  const except = Object.entries(map).filter(([cpu, features]) => derived(cpu).join() !== features.join())
  return {
    targets: targets.join(' '),
    always: minimal(arch, always),
    never: never.join(' '),
    except: bySet(arch, except),
  }
}

/** The smallest of the tables that have one of the maps as their base; undefined when processors make no difference. */
function encode(arch, maps) {
  const groups = new Map()
  for (const [target, map] of maps) {
    const key = JSON.stringify(map)
    groups.set(key, { map, targets: [...(groups.get(key)?.targets ?? []), target] })
  }
  const all = [...groups.values()]
  if (all.every(({ map }) => new Set(Object.values(map).map(String)).size === 1)) return undefined
  const tables = all.map(({ map: base }) => ({
    cpus: bySet(arch, Object.entries(base)),
    targets: all.map(({ map, targets }) => targetGroup(arch, base, map, targets)),
  }))
  return tables.sort((a, b) => JSON.stringify(a).length - JSON.stringify(b).length)[0]
}

const targets = (await lines('--print', 'target-list')).filter((target) => target !== '')
const maps = {}
const queue = targets.values()
const worker = async () => {
  for (const target of queue) {
    const arch = await archOf(target)
    maps[arch] ??= new Map()
    maps[arch].set(target, await mapOf(target, arch))
    console.error(target)
  }
}
await Promise.all([worker(), worker()])

const sorted = (map) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
const table = Object.fromEntries(
  Object.keys(maps)
    .sort()
    .flatMap((arch) => {
      const encoded = encode(arch, sorted(maps[arch]))
      return encoded === undefined ? [] : [[arch, encoded]]
    }),
)
writeFileSync('src/cargo/platform/target-cpus.json', JSON.stringify(table, null, 2) + '\n')
