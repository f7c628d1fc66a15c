// Asks the installed rustc about all of its targets and writes src/cargo/platform/target-cfgs.json and
// src/cargo/platform/target-features.json, which target-table.ts and target-feature.ts read. Run it on each new Rust release.
//
// target-cfgs.json
//   rustc    the version that was asked
//   cfgs     target -> its cfgs: `name`, `key=VALUE,VALUE`; a row that begins with `@OTHER` is OTHER's
//            row with some keys replaced (`-key` removes one)
//   facts    target -> what its specification says beside cfgs; see TargetFacts in target-table.ts
// target-features.json
//   target_arch -> feature -> the features that `-C target-feature=+feature` sets beside it. Unstable
//   features never show in a cfg; of them stand here those which set others (`(name)`), and those
//   whose removal removes others (`-(name)`).
//
// The cfgs are those that cargo sees: it asks rustc with all crate types at once, a proc-macro among
// them, and then rustc does not count a target's default of `crt-static`.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { promisify } from 'node:util'

const CRATE_TYPES = ['bin', 'rlib', 'dylib', 'cdylib', 'staticlib', 'proc-macro']
const run = promisify(execFile)

async function rustc(args, env = {}) {
  const running = run('rustc', args, { maxBuffer: 2 ** 26, env: { ...process.env, ...env } })
  running.child.stdin.end()
  return (await running).stdout
}

async function lines(...args) {
  return (await rustc(args)).split('\n').filter((line) => line !== '')
}

/** As cargo asks; `proc_macro` is dropped as cargo drops it. */
async function cargoCfgs(target, ...flags) {
  const types = CRATE_TYPES.flatMap((type) => ['--crate-type', type])
  const printed = await lines(
    '-',
    '--crate-name',
    '___',
    '--print=cfg',
    '--target',
    target,
    ...types,
    ...flags,
  )
  return printed.filter((cfg) => cfg !== 'proc_macro')
}

async function features(target, ...flags) {
  const cfgs = await cargoCfgs(target, ...flags)
  return cfgs.flatMap((cfg) => /^target_feature="(.*)"$/.exec(cfg)?.[1] ?? [])
}

/** Maps with at most two rustc processes at a time. */
async function each(items, work) {
  const queue = items.entries()
  const results = []
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all([worker(), worker()])
  return results
}

function tokens(cfgs) {
  const keys = new Map()
  for (const cfg of cfgs) {
    const [, key, value] = /^([^=]*)(?:="(.*)")?$/.exec(cfg)
    if (/[ ,@]/.test(value ?? '')) throw new Error(`no room for this value in the table: ${cfg}`)
    const known = keys.get(key) ?? []
    keys.set(key, value === undefined ? known : [...known, value])
  }
  return new Map(
    [...keys].map(([key, values]) => [key, values.length === 0 ? key : `${key}=${values.sort().join(',')}`]),
  )
}

function difference(base, row) {
  const removed = [...base.keys()].filter((key) => !row.has(key)).map((key) => `-${key}`)
  const replaced = [...row].filter(([key, token]) => base.get(key) !== token).map(([, token]) => token)
  return [...removed, ...replaced].join(' ')
}

function groupBy(items, keyOf) {
  const groups = new Map()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}

/** Each target as the difference to one full row of its architecture: a Linux one, and the one that makes the table smallest. */
function rows(parsed) {
  const result = {}
  const byArch = groupBy(parsed.keys(), (target) => parsed.get(target).get('target_arch'))
  for (const targets of byArch.values()) {
    const linux = targets.filter((target) => target.includes('-unknown-linux-gnu'))
    const candidates = linux.length === 0 ? targets : linux
    const costs = candidates.map((base) =>
      targets.reduce((sum, t) => sum + difference(parsed.get(base), parsed.get(t)).length, 0),
    )
    const base = candidates[costs.indexOf(Math.min(...costs))]
    for (const target of targets) {
      const full = [...parsed.get(target).values()].join(' ')
      result[target] =
        target === base ? full : `@${base} ${difference(parsed.get(base), parsed.get(target))}`.trimEnd()
    }
  }
  return result
}

function facts(spec) {
  const { tier, std } = spec.metadata
  const flags = [
    ['std', std === true],
    ['std-unknown', std === null || std === undefined],
    ['crt-static-default', spec['crt-static-default']],
    ['crt-static-respected', spec['crt-static-respected']],
  ]
  return [`tier-${tier ?? 'unknown'}`, ...flags.filter(([, set]) => set === true).map(([name]) => name)].join(
    ' ',
  )
}

const switched = (sign, names) => ['-C', `target-feature=${names.map((name) => sign + name).join(',')}`]

/** What a feature sets and removes, seen from a target of its architecture. */
async function implications(target) {
  const printed = await lines('--print', 'target-features', '--target', target)
  const rusts = printed.slice(
    1,
    printed.findIndex((line) => line.startsWith('Code-generation')),
  )
  const all = rusts
    .flatMap((line) => /^ {4}(\S+)/.exec(line)?.[1] ?? [])
    .filter((name) => name !== 'crt-static')
  if (all.length === 0) return {}
  const visible = await features(target, ...switched('+', all))
  const set = await each(all, (name) => alone(target, all, '-', '+', name))
  const kept = await each(all, (name) => alone(target, all, '+', '-', name))
  const table = {}
  for (const [index, name] of all.entries()) {
    const others = set[index].filter((other) => other !== name).join(' ')
    const lost = visible.filter((other) => !kept[index].includes(other)).join(' ')
    if (visible.includes(name)) table[name] = others
    else if (others !== '') table[`(${name})`] = others
    if (!visible.includes(name) && lost !== '') table[`-(${name})`] = lost
  }
  return table
}

/** All features off (or on), and then one of them on (or off). Tied features, such as paca and pacg, only switch together. */
async function alone(target, all, before, after, name) {
  const tied = ['paca', 'pacg'].includes(name) ? ['paca', 'pacg'] : [name]
  return await features(target, ...switched(before, all), ...switched(after, tied))
}

const [version] = await lines('--version')
const targets = await lines('--print', 'target-list')
const cfgs = await each(targets, (target) => cargoCfgs(target))
const parsed = new Map(targets.map((target, index) => [target, tokens(cfgs[index])]))
const specs = JSON.parse(
  await rustc(['-Zunstable-options', '--print', 'all-target-specs-json'], { RUSTC_BOOTSTRAP: '1' }),
)
const rowOf = rows(parsed)
const table = {
  rustc: version.split(' ')[1],
  cfgs: Object.fromEntries(targets.map((target) => [target, rowOf[target]])),
  facts: Object.fromEntries(targets.map((target) => [target, facts(specs[target])])),
}
writeFileSync('src/cargo/platform/target-cfgs.json', JSON.stringify(table, null, 2) + '\n')

const byArch = {}
for (const [target, row] of parsed) byArch[row.get('target_arch').split('=')[1]] ??= target
for (const [arch, target] of Object.entries(byArch)) byArch[arch] = await implications(target)
writeFileSync('src/cargo/platform/target-features.json', JSON.stringify(byArch, null, 2) + '\n')
