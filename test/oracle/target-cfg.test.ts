/** The table of cfgs, and how flags change it, checked against the installed rustc. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Cargo2NixError } from '../../src/errors.ts'
import { cfgSetOf } from '../../src/cargo/platform/target-cfg.ts'
import { cpuFeatures } from '../../src/cargo/platform/target-cpu.ts'
import { KNOWN_TARGETS, TABLE_RUSTC } from '../../src/cargo/platform/target-table.ts'
import { cargosCfgs, each, printedCfgs, rustcLines, rustcVersion } from './installed-rustc.ts'
import { oracleSeed } from './rust-oracle.ts'

const installed = rustcVersion()
const noRustc = installed === undefined ? 'rustc is not installed' : undefined
const otherVersion = `the table is of rustc ${TABLE_RUSTC}, here is ${installed}: run scripts/update-target-cfgs.mjs`

test('every target of rustc has the cfgs that cargo sees', { timeout: 300_000 }, async ({ skip }) => {
  skip(noRustc !== undefined, noRustc)
  const listed = await rustcLines(['--print', 'target-list'])
  const common = listed.filter((target) => KNOWN_TARGETS.includes(target))
  const sameVersion = installed === TABLE_RUSTC
  console.log(
    `${common.length} targets compared, ${listed.length - common.length} only in rustc ${installed}`,
  )
  if (!sameVersion) console.log(otherVersion)
  // A feature may be stable in one version and not in another; nothing else changes under a target.
  const compared = (cfgs: readonly string[] | undefined): readonly string[] | undefined =>
    sameVersion ? cfgs : cfgs?.filter((cfg) => !cfg.startsWith('target_feature='))
  const theirs = await each(common, (target) => cargosCfgs(target, []))
  for (const [index, target] of common.entries()) {
    expect(compared(printedCfgs(cfgSetOf(target))), target).toEqual(compared(theirs[index]))
  }
  expect(KNOWN_TARGETS.filter((target) => !common.includes(target)).length).toBeLessThan(sameVersion ? 1 : 50)
  expect(common.length).toBeGreaterThan(250)
})

const fixed = fc.constantFrom<string[]>(
  ['-O'],
  ['-C', 'opt-level=0'],
  ['-Copt-level=3'],
  ['-C', 'opt_level=s'],
  ['--codegen=opt-level=0'],
  ['-gO'],

  ['-C', 'debug-assertions'],
  ['-Cdebug_assertions=off'],
  ['--codegen', 'debug-assertions=y'],
  ['-C', 'debug-assertions=no'],
  ['-C', 'panic=abort'],
  ['-Cpanic=unwind'],
  ['-gCpanic=abort'],
  ['--test'],
  ['-C', 'panic=maybe'],

  ['--cfg', 'foo'],
  ['--cfg=bar'],
  ['--cfg', 'k="v"'],
  ['--cfg=k = "w"'],
  ['--cfg', 'r#fn'],
  ['--cfg', 'foo="x"'],
  ['--cfg', 'proc_macro'],

  ['--cfg', 'raw=r"x"'],
  ['--cfg', 'a(b)'],
  ['--cfg', '1a'],
  ['--cfg', ' spaced = "a b" '],
  ['--cfg', 'feature="f"'],

  ['-A', '--cfg'],
  ['-L', '-O'],
  ['--cap-lints', 'warn'],
  ['-Dwarnings'],
  ['-C', 'link-arg=-Wl,--cfg,x'],
  ['-C', 'strip=symbols'],

  ['-C', 'target-feature=+crt-static'],
  ['-C', 'target-feature=-crt-static'],
  ['-Ctarget-feature=+no-such,-nor-this'],
)

test('flags change the cfgs as they do in rustc', { timeout: 300_000 }, async ({ skip }) => {
  skip(noRustc !== undefined, noRustc)
  skip(installed !== TABLE_RUSTC, otherVersion)
  const seed = oracleSeed()
  const targets = await sampleWithFeatures(seed)
  const cases = targets.flatMap(({ target, features }, index) => {
    const feature = fc
      .tuple(fc.constantFrom('+', '-'), fc.constantFrom(...features))
      .map((pair) => pair.join(''))
    const switched = fc
      .array(feature, { minLength: 1, maxLength: 4 })
      .map((list) => ['-C', `target-feature=${list.join(',')}`])
    const flags = fc.array(fc.oneof(fixed, switched), { maxLength: 4 }).map((list) => list.flat())
    return fc.sample(flags, { numRuns: 12, seed: seed + index }).map((rustflags) => ({ target, rustflags }))
  })
  const theirs = await each(cases, ({ target, rustflags }) => cargosCfgs(target, rustflags))
  const accepted = cases
    .map((one, index) => ({ ...one, theirs: theirs[index] }))
    .filter((one) => one.theirs !== undefined)
  for (const { target, rustflags, theirs: cfgs } of accepted) {
    const ours = printedCfgs(cfgSetOf(target, { rustflags }))
    expect(ours, `ORACLE_SEED=${seed} ${target} ${rustflags.join(' ')}`).toEqual(cfgs)
  }
  console.log(`${accepted.length} of ${cases.length} combinations were accepted by rustc and compared`)
  expect(accepted.length).toBeGreaterThan(cases.length / 2)
})

function archOf(target: string): string {
  return [...(cfgSetOf(target).values.get('target_arch') ?? [])].join()
}

/** A target of every architecture, and the names of the features that rustc lists for it. */
async function sampleWithFeatures(
  seed: number,
): Promise<readonly { target: string; features: readonly string[] }[]> {
  const shuffled =
    fc.sample(fc.shuffledSubarray([...KNOWN_TARGETS], { minLength: KNOWN_TARGETS.length }), {
      numRuns: 1,
      seed,
    })[0] ?? []
  const arches = new Map(shuffled.map((target) => [archOf(target), target]))
  return await each([...arches.values()], async (target) => {
    const lines = await rustcLines(['--print', 'target-features', '--target', target])
    const features = lines.flatMap((line) => /^ {4}(\S+)/.exec(line)?.[1] ?? [])
    return { target, features: features.length === 0 ? ['none'] : features }
  })
}

test('processors have the features that rustc gives them', { timeout: 300_000 }, async ({ skip }) => {
  skip(noRustc !== undefined, noRustc)
  skip(installed !== TABLE_RUSTC, otherVersion)
  const seed = oracleSeed()
  // Where the processor makes no difference, the test above has compared the features.
  const dependent = KNOWN_TARGETS.filter(
    (target) => cpuFeatures(target, archOf(target), 'generic') !== undefined,
  )
  const sampled = fc.sample(fc.constantFrom(...dependent), { numRuns: 40, seed })
  const cpus = await each(sampled, async (target) => {
    const lines = await rustcLines(['--print', 'target-cpus', '--target', target])
    return lines.flatMap((line) => /^ {4}(\S+)/.exec(line)?.[1] ?? []).filter((cpu) => cpu !== 'native')
  })
  const cases = sampled.flatMap((target, index) => {
    const cpu = fc.constantFrom(...(cpus[index] ?? []), 'apple-m1', 'no-such-cpu')
    return fc.sample(cpu, { numRuns: 8, seed: seed + index }).map((name) => ({ target, name }))
  })
  const theirs = await each(cases, ({ target, name }) => cargosCfgs(target, ['-C', `target-cpu=${name}`]))
  for (const [index, { target, name }] of cases.entries()) {
    const ours = printedCfgs(cfgSetOf(target, { rustflags: [`-Ctarget-cpu=${name}`] }))
    expect(ours, `ORACLE_SEED=${seed} ${target} ${name}`).toEqual(theirs[index])
  }
})

test('`native` is the target’s default, not the machine that generates', () => {
  const native = cfgSetOf('x86_64-unknown-linux-gnu', { rustflags: ['-C', 'target-cpu=native'] })
  expect(printedCfgs(native)).toEqual(printedCfgs(cfgSetOf('x86_64-unknown-linux-gnu')))
})

test('an unknown target and a bad `--cfg` are errors that say so', () => {
  expect(() => cfgSetOf('x86_64-unknown-linux-gnuu')).toThrow(
    expect.objectContaining({ code: 'unknown-target' }) as Cargo2NixError,
  )
  expect(() => cfgSetOf('constructor')).toThrow(Cargo2NixError)
  expect(() => cfgSetOf('x86_64-unknown-linux-gnu', { rustflags: ['--cfg', 'a(b)'] })).toThrow(
    expect.objectContaining({ code: 'bad-config' }) as Cargo2NixError,
  )
})
