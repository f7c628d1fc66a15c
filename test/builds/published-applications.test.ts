/** Published applications: what Nix builds from generated Nix does what cargo's own build does. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, type Finished, type RunOptions } from '../program.ts'
import { fetchPublished } from '../published.ts'
import { cargoBuild, checkout, emptyFolder, removeFolders } from './checkout.ts'
import {
  generated,
  machinePackageSet,
  mainPackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
} from './package-set.ts'
import type { PackageSet } from './package-set.ts'

interface Application {
  readonly name: string
  readonly version: string
  readonly program: string
  /** Real tasks in an empty folder; all that the program says is compared. */
  readonly task: (program: string, folder: string) => Promise<readonly Finished[]>
  /** What must be among the output, so that two programs that fail alike do not pass. */
  readonly says: RegExp
}

/** Runs a program several times in one folder. */
async function each(
  program: string,
  options: RunOptions,
  calls: readonly (readonly string[])[],
): Promise<Finished[]> {
  const results: Finished[] = []
  // one after the other: later calls may read what earlier ones wrote
  for (const args of calls) results.push(await run(program, args, options))
  return results
}

const hexyl: Application = {
  name: 'hexyl',
  version: '0.16.0',
  program: 'hexyl',
  says: /000000f0/,
  task: async (program, cwd) => {
    await writeFile(
      join(cwd, 'bytes'),
      Uint8Array.from({ length: 1000 }, (_, index) => (index * 7 + (index >> 3)) % 256),
    )
    return each(program, { cwd }, [
      ['bytes'],
      ['--color=always', '--panels=1', '--border=ascii', 'bytes'],
      ['--skip=0x10', '--length=64', '--character-table=codepage-437', 'bytes'],
      ['--length=-1x', 'bytes'],
      ['--version'],
    ])
  },
}

const ripgrep: Application = {
  name: 'ripgrep',
  version: '14.1.1',
  program: 'rg',
  says: /deep\/three\.rs:2:.*needle/,
  task: async (program, cwd) => {
    await mkdir(join(cwd, 'deep', '.hidden'), { recursive: true })
    await mkdir(join(cwd, '.git'))
    await writeFile(join(cwd, '.gitignore'), 'ignored.*\n')
    await writeFile(join(cwd, 'one.txt'), 'a needle\nhay\nNeedle again: naïve café\n')
    await writeFile(join(cwd, 'ignored.txt'), 'needle\n')
    await writeFile(join(cwd, 'deep', 'three.rs'), 'fn hay() {}\n// needle_1 needle_22\n')
    await writeFile(join(cwd, 'deep', '.hidden', 'four.rs'), 'needle\n')
    return each(program, { cwd }, [
      ['--sort=path', '--line-number', 'needle', '.'],
      ['--sort=path', '--ignore-case', '--count-matches', '--hidden', '--no-ignore', 'needle', '.'],
      ['--sort=path', '--color=always', '--replace=<$1>', String.raw`needle_(\d+)`, '--type=rust', '.'],
      ['--only-matching', String.raw`\b\w*é\b`, 'one.txt'],
      ['--files', '--sort=path'],
      ['(unclosed'],
      ['--pcre2', 'x'],
      ['--type-list'],
      ['--generate=complete-bash'],
      ['--version'],
    ])
  },
}

const just: Application = {
  name: 'just',
  version: '1.40.0',
  program: 'just',
  says: /hello Garage, 3 files/,
  task: async (program, cwd) => {
    const justfile = `
greeting := "hello"
upper := uppercase(greeting)
digest := sha256(greeting)
other := blake3(greeting)

# says hello
greet name count="3": prepare
  @echo {{greeting}} {{name}}, {{count}} files

prepare:
  @echo {{upper}} {{digest}} {{other}} {{ semver_matches("1.2.3", ">1.1") }}

[private]
script:
  #!/bin/sh
  echo from a script
  exit 3
`
    await writeFile(join(cwd, 'justfile'), justfile)
    return each(program, { cwd }, [
      ['greet', 'Garage'],
      ['--list'],
      ['--dump', '--dump-format=json'],
      ['--evaluate'],
      ['script'],
      ['missing'],
      ['--completions', 'bash'],
      ['--version'],
    ])
  },
}

const zoxide: Application = {
  name: 'zoxide',
  version: '0.9.8',
  program: 'zoxide',
  says: /places\/harbour/,
  task: async (program, cwd) => {
    const harbour = join(cwd, 'places', 'harbour')
    const hill = join(cwd, 'places', 'hill')
    await mkdir(harbour, { recursive: true })
    await mkdir(hill, { recursive: true })
    return each(program, { cwd, env: { ...process.env, _ZO_DATA_DIR: join(cwd, 'data') } }, [
      ['add', harbour, harbour, hill],
      ['add', harbour],
      ['query', 'harb'],
      ['query', '--list'],
      ['query', 'nowhere'],
      ['remove', hill],
      ['query', '--list'],
      ['init', 'bash'],
      ['init', 'nushell', '--cmd', 'j'],
      ['--version'],
    ])
  },
}

const applications = [hexyl, ripgrep, just, zoxide]

/** The application's outputs, in a folder whose path is the same for every program that is compared. */
const perform = async (
  application: Application,
  program: string,
  folder: string,
): Promise<readonly Finished[]> => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  await chmod(folder, 0o755)
  return application.task(program, folder)
}

const missing = await nixIsMissing()

describe.skipIf(missing)(`published applications${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  let main: PackageSet
  let machine: PackageSet

  const newCheckout = async ({ name, version }: Application, as: string): Promise<string> => {
    const folder = await checkout(await fetchPublished(name, version), as)
    folders.push(folder)
    return folder
  }

  beforeAll(async () => {
    main = await mainPackageSet()
    machine = await machinePackageSet()
  })
  afterAll(() => removeFolders(folders))

  for (const application of applications) {
    test(`${application.name} ${application.version} does what cargo's build of it does`, async () => {
      const workspace = await newCheckout(application, application.name)
      await cargo2nixOrFail(['generate'], { cwd: workspace })

      const sets = application === hexyl && main.name !== machine.name ? [main, machine] : [main]
      const programs: string[] = []
      for (const set of sets) {
        const attribute = `packages.${application.name}`
        const [output] = await nixBuild(set, generated(workspace, set), [attribute])
        programs.push(`${output}/bin/${application.program}`)
      }
      const key = `${application.name}-${application.version}`
      const reference = join(await cargoBuild(workspace, key, []), application.program)

      const folder = join(await emptyFolder(), 'task')
      folders.push(folder)
      const expected = await perform(application, reference, folder)
      expect(expected.map(({ stdout }) => stdout).join('\n')).toMatch(application.says)
      for (const program of programs) expect(await perform(application, program, folder)).toEqual(expected)
    })
  }

  test('two checkouts under different names give the same bytes and the same store paths', async () => {
    const first = await newCheckout(hexyl, 'hexyl')
    const second = await newCheckout(hexyl, 'another-name.git')
    const outputs = await Promise.all(
      [first, second].map(async (workspace) => {
        await cargo2nixOrFail(['generate'], { cwd: workspace })
        const { stdout: bytes } = await run('sh', ['-c', 'find . -type f | sort | xargs sha256sum'], {
          cwd: join(workspace, 'nix'),
        })
        const hexylPackage = `${generated(workspace, main)}.packages.hexyl`
        return {
          bytes,
          outPath: await nixEval(main, `${hexylPackage}.outPath`),
          drvPath: await nixEval(main, `${hexylPackage}.drvPath`),
        }
      }),
    )
    expect(outputs[0]?.bytes).toContain('./Cargo.nix')
    expect(outputs[0]?.outPath).toMatch(/^\/nix\/store\//)
    expect(outputs[1]).toEqual(outputs[0])
  })
})
