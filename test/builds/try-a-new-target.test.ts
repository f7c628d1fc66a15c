/** Follows the page "Try a new target" to the letter. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run, runOrFail } from '../program.ts'
import { emptyFolder, removeFolders } from './checkout.ts'
import { crossMachine } from './cross-machine.ts'
import { elfFacts } from './elf-facts.ts'
import { mainPackageSet, nixIsMissing, type PackageSet } from './package-set.ts'

const root = join(import.meta.dirname, '..', '..')
const set: PackageSet | undefined = (await nixIsMissing()) ? undefined : await mainPackageSet()
const hasNixpkgs = set !== undefined && set.expression.includes('<nixpkgs>')
const folders: string[] = []
afterAll(() => removeFolders(folders))

/** The commands of the first block of shell. */
async function commands(): Promise<readonly string[]> {
  const page = await readFile(join(root, 'docs', 'try-a-new-target.md'), 'utf8')
  return /```sh\n([^`]+)```/.exec(page)![1]!.trim().split('\n')
}

/** Runs lines in one shell, in a new directory, with our program on the path. */
async function follow(lines: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const folder = await emptyFolder()
  folders.push(folder)
  const program = join(folder, 'cargo2nix-ts')
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${root}/dist/cli.js' "$@"\n`)
  await chmod(program, 0o755)
  await runOrFail('bash', ['-ec', lines.join('\n')], {
    cwd: folder,
    env: { ...env, PATH: `${folder}:${env['PATH']}` },
  })
  return folder
}

test('the page has at most three commands', async () => {
  expect((await commands()).length).toBeLessThanOrEqual(3)
})

test.skipIf(!hasNixpkgs)("the page's commands give a binary that evaluates", async () => {
  const lines = (await commands()).map((line) => line.replace(/^nix-build /, 'nix-instantiate '))
  expect(lines.at(-1)).toMatch(/^nix-instantiate /)
  await follow(lines, set!.env)
})

test("the page's commands give a binary that runs", async ({ skip }) => {
  const machine = await crossMachine()
  if ('missing' in machine) return skip(machine.missing)
  const folder = await follow(await commands(), machine.set.env)
  const program = join(folder, 'hello', 'result', 'bin', 'hello')
  expect((await elfFacts(program)).machine).toContain('RISC-V')
  const { stdout } = await run('qemu-riscv64', ['-L', '/usr/riscv64-linux-gnu', program])
  expect(stdout).toBe('Hello, world!\n')
})
