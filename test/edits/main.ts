/**
 * Edits workspaces at random, and checks `check` against what `generate` writes, and `why` against what Nix would
 * rebuild.
 *
 *     npm run edits -- --seed 1 --runs 40 [--workspace NAME]
 *
 * Each edit is made on top of those before it, except those that cargo2nix-ts or Nix refuses, which are taken back. The
 * same seed gives the same edits. Exit code 1 if anything disagrees.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { filesIn, folderWith } from '../folder.ts'
import { machinePackageSet, type PackageSet } from '../builds/package-set.ts'
import { cargo2nix, run, runOrFail } from '../program.ts'
import { chance } from '../fuzz/chance.ts'
import { freshUnits, nixUnits, type KnownDerivations } from '../rebuilds/nix-units.ts'
import { toldRebuilds } from '../rebuilds/rebuilds.ts'
import { moreOften } from '../rebuilds/units.ts'
import { randomEdits } from './random-edits.ts'
import { SMALL } from './small.ts'

interface Edited {
  readonly folder: string
  readonly set: PackageSet
  readonly known: KnownDerivations
  /** Of the last commit: path of the derivation -> name. */
  units: ReadonlyMap<string, string>
}

interface Tally {
  made: number
  refused: number
  stale: number
  rebuilt: number
  readonly wrong: string[]
}

const HOST = ['--host', hostTriple()]
const fixtures = join(import.meta.dirname, '..', '..', 'fixtures')

async function open(name: string, set: PackageSet): Promise<Edited> {
  const folder = name === 'small' ? folderWith(SMALL) : mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
  if (name !== 'small') cpSync(join(fixtures, name), folder, { recursive: true })
  await git(folder, 'init', '--quiet')
  if (!existsSync(join(folder, 'Cargo.lock'))) await lock(folder)
  const generated = await cargo2nix(['generate', '--offline', ...HOST], { cwd: folder })
  if (generated.status !== 0) throw new Error(generated.stderr)
  await commit(folder)
  const known: KnownDerivations = new Map()
  return { folder, set, known, units: await unitsIn(folder, set, known) }
}

async function git(folder: string, ...args: readonly string[]): Promise<void> {
  const identity = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.org']
  await runOrFail('git', [...identity, ...args], { cwd: folder })
}

async function commit(folder: string): Promise<void> {
  await git(folder, 'add', '--all')
  await git(folder, 'commit', '--quiet', '--allow-empty', '--message=edit')
}

/** Brings the lockfile up to date, as any call of cargo does. */
async function lock(folder: string): Promise<void> {
  await run('cargo', ['metadata', '--format-version=1', '--offline'], { cwd: folder })
}

function unitsIn(
  folder: string,
  set: PackageSet,
  known: KnownDerivations,
): Promise<ReadonlyMap<string, string>> {
  const file = `(/. + ${JSON.stringify(`${folder}/nix/Cargo.nix`)})`
  const cargo = `import ${file} { pkgs = ${set.expression}; profile = "dev"; }`
  const lists = 'builtins.attrValues cargo.packages ++ builtins.attrValues cargo.tests'
  return nixUnits(set, `let cargo = ${cargo}; in ${lists}`, known)
}

/** One run; the answer is how the two sides disagree, if they do. */
async function editOnce(
  edited: Edited,
  seed: number,
  index: number,
  tally: Tally,
): Promise<readonly string[]> {
  const { folder, set, known } = edited
  const random = chance(seed, index)
  const made = randomEdits(folder, random)
  // Now and then somebody forgets the lockfile.
  if (!random.once(5)) await lock(folder)
  console.log(`${index}: ${made.join('; ')}`)
  const before = JSON.stringify(filesIn(join(folder, 'nix')))
  const checked = await cargo2nix(['check', ...HOST], { cwd: folder })
  const generated = await cargo2nix(['generate', '--offline', ...HOST], { cwd: folder })
  const takeBack = async (): Promise<void> => {
    await git(folder, 'reset', '--quiet', '--hard')
    await git(folder, 'clean', '--quiet', '--force', '-dx')
  }
  if (generated.status !== 0) {
    tally.refused += 1
    await takeBack()
    const isFine = generated.status === 2 && checked.status === 2
    return isFine ? [] : [`generate: ${generated.status}, ${generated.stderr}; check: ${checked.status}`]
  }
  const isSame = before === JSON.stringify(filesIn(join(folder, 'nix')))
  if (!isSame) tally.stale += 1
  const wrong = []
  if (checked.status !== (isSame ? 0 : 1))
    wrong.push(`check says ${checked.status}, and generate wrote ${isSame ? 'the same' : 'something else'}`)
  let units: ReadonlyMap<string, string>
  try {
    units = await unitsIn(folder, set, known)
  } catch (error) {
    tally.refused += 1
    await takeBack()
    const [line] = /^error: .*/m.exec(String(error)) ?? [String(error)]
    return line.includes('cargo2nix-ts: ') ? wrong : [...wrong, `Nix does not evaluate it: ${line}`]
  }
  const fresh = freshUnits(units, (path) => edited.units.has(path))
  const told = await toldRebuilds({ state: { workspace: folder, toolchain: '' }, flags: [] })
  const untold = moreOften(fresh, told)
  const notBuilt = moreOften(told, fresh)
  if (fresh.length > 0) tally.rebuilt += 1
  if (untold.length > 0) wrong.push(`Nix rebuilds, and why does not say so: ${untold.join(', ')}`)
  if (notBuilt.length > 0) wrong.push(`why says, and Nix does not rebuild: ${notBuilt.join(', ')}`)
  await commit(folder)
  edited.units = (await dropIgnored(folder)) ? await unitsIn(folder, set, known) : units
  return wrong
}

/** A commit has no files that git ignores, and `why` compares with a commit. Answers whether there were any. */
async function dropIgnored(folder: string): Promise<boolean> {
  const { stdout } = await runOrFail('git', ['clean', '--force', '-dx'], { cwd: folder })
  if (stdout === '') return false
  const generated = await cargo2nix(['generate', '--offline', ...HOST], { cwd: folder })
  if (generated.status !== 0) throw new Error(generated.stderr)
  await commit(folder)
  return true
}

async function main(args: readonly string[]): Promise<void> {
  const text = (name: string): string | undefined => {
    const at = args.indexOf(`--${name}`)
    return at === -1 ? undefined : args[at + 1]
  }
  const seed = Number(text('seed') ?? Date.now() % 1_000_000)
  const runs = Number(text('runs') ?? 40)
  const name = text('workspace') ?? 'small'
  console.log(`seed ${seed}, workspace ${name}`)
  const started = Date.now()
  const tally: Tally = { made: 0, refused: 0, stale: 0, rebuilt: 0, wrong: [] }
  const edited = await open(name, await machinePackageSet())
  try {
    for (let index = 0; index < runs; index++) {
      const wrong = await editOnce(edited, seed, index, tally)
      tally.made += 1
      for (const each of wrong) {
        tally.wrong.push(`WRONG: ${index}: ${each}`)
        console.log(tally.wrong.at(-1))
      }
    }
  } finally {
    rmSync(edited.folder, { recursive: true, force: true })
  }
  const { made, refused, stale, rebuilt } = tally
  const seconds = Math.round((Date.now() - started) / 1000)
  console.log(
    `${made} edits of ${name} in ${seconds} s: ${refused} refused, ${stale} made the files stale, ${rebuilt} rebuild units, ${tally.wrong.length} wrong`,
  )
  process.exitCode = tally.wrong.length === 0 ? 0 : 1
}

await main(process.argv.slice(2))
