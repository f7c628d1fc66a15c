/** What a terminal sees: colours, decided and chosen as by cargo, and progress; and `--json` of all commands. */
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { progressReporter } from '../src/io/progress.ts'
import { folderWith } from './folder.ts'
import { cargo2nix, cargo2nixOrFail, cli, run } from './program.ts'

const ESCAPE = String.fromCodePoint(27)
/** Not what clears the line of progress, which a busy machine shows. */
const hasColour = (text: string): boolean => new RegExp(`${ESCAPE}\\[[\\d;]*m`).test(text)
const hasScript = await run('script', ['--version']).then(
  ({ status }) => status === 0,
  () => false,
)

let folder: string
beforeAll(() => {
  folder = folderWith({
    'Cargo.toml': '[package]\nname = "one"\nversion = "1.0.0"\n[dependencies]\nserde = "1"\nabsent = "1"\n',
    'Cargo.lock': `version = 4\n${['absent', 'serde', 'third']
      .map(
        (name) =>
          `[[package]]\nname = "${name}"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${'0'.repeat(64)}"\n`,
      )
      .join('')}[[package]]\nname = "one"\nversion = "1.0.0"\ndependencies = ["absent", "serde", "third"]\n`,
    'src/lib.rs': '',
    'broken/Cargo.toml': '[package\n',
    // A cargo that downloads slowly, and then has no network any more.
    'bin/cargo': `#!/bin/sh
for name in serde absent; do sleep 0.7; echo "  Downloaded $name v1.0.0" >&2; done
sleep 0.7
echo "error: no network" >&2
exit 101
`,
  })
  chmodSync(join(folder, 'bin', 'cargo'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Without anything that decides about colours or progress. */
const plain: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/COLOR|PROGRESS|^CI$|^TERM$/.test(name)),
)
const quoted = (word: string): string => `'${word}'`

/** Runs a command with a pseudo terminal as its standard output and error, or with pipes; what it prints, in both. */
async function output(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  isTerminal: boolean,
): Promise<string> {
  const options = { cwd: folder, env: { ...plain, TERM: 'xterm', ...env } }
  const command = `${words.map(quoted).join(' ')} 2>&1`
  const { stdout } = isTerminal
    ? await run('script', ['--quiet', '--command', command, '/dev/null'], options)
    : await run('sh', ['-c', command], options)
  return stdout
}

const ours = [process.execPath, cli, 'generate', '--manifest-path', 'broken/Cargo.toml']
const theirs = ['cargo', 'metadata', '--manifest-path', 'broken/Cargo.toml']

describe.skipIf(!hasScript)(`colours${hasScript ? '' : ' (skipped: no `script`)'}`, () => {
  const ENVIRONMENTS: readonly NodeJS.ProcessEnv[] = [
    {},
    { NO_COLOR: '1' },
    { NO_COLOR: '' },
    { CLICOLOR: '0' },
    { CLICOLOR_FORCE: '1' },
    { CLICOLOR_FORCE: '0' },
    { CLICOLOR_FORCE: '1', NO_COLOR: '1' },
    { CLICOLOR_FORCE: '1', CLICOLOR: '0' },
    { TERM: 'dumb' },
    { TERM: 'dumb', CLICOLOR: '1' },
    { TERM: 'dumb', CI: '1' },
    { CARGO_TERM_COLOR: 'always', NO_COLOR: '1' },
    { CARGO_TERM_COLOR: 'never', CLICOLOR_FORCE: '1' },
    { CARGO_TERM_COLOR: 'auto' },
  ]
  test.each([
    ['on a terminal', true],
    ['in a pipe', false],
  ])('as cargo decides, %s', async (_where, isTerminal) => {
    const decisions = (words: readonly string[]): Promise<readonly boolean[]> =>
      Promise.all(ENVIRONMENTS.map(async (env) => hasColour(await output(words, env, isTerminal))))
    const expected = await decisions(theirs)
    expect(new Set(expected).size).toBe(2)
    expect(await decisions(ours)).toEqual(expected)
  })

  test.each([
    ['always', { CARGO_TERM_COLOR: 'never', NO_COLOR: '1' }],
    ['never', { CARGO_TERM_COLOR: 'always', CLICOLOR_FORCE: '1' }],
    ['auto', { CARGO_TERM_COLOR: 'always' }],
  ])('--color %s has the last word, before and after the command: %j', async (when, env) => {
    const [node, program, command, ...rest] = ours as [string, string, string, ...string[]]
    for (const isTerminal of [true, false]) {
      const expected = hasColour(await output([...theirs, '--color', when], env, isTerminal))
      expect(hasColour(await output([...ours, `--color=${when}`], env, isTerminal))).toBe(expected)
      const before = [node, program, '--color', when, command, ...rest]
      expect(hasColour(await output(before, env, isTerminal))).toBe(expected)
    }
  })

  test('an error has the colours of a cargo error', async () => {
    const first = async (words: readonly string[]): Promise<string> =>
      (await output(words, { CARGO_TERM_PROGRESS_WHEN: 'never' }, true))
        .split('error')[0]!
        .replaceAll('\r\n', '')
    const expected = await first(theirs)
    expect(expected).toContain(ESCAPE)
    expect(await first(ours)).toBe(expected)
  })

  test('help is coloured only on a terminal', async () => {
    const help = [process.execPath, cli, 'check', '--help']
    expect(await output(help, {}, true)).toContain(`${ESCAPE}[1m${ESCAPE}[92mUsage:`)
    expect(hasColour(await output(help, {}, false))).toBe(false)
  })
})

describe('progress', () => {
  const download = [process.execPath, cli, 'generate', '--manifest-path', 'Cargo.toml']
  const env = (): NodeJS.ProcessEnv => ({
    CARGO_HOME: join(folder, 'home'),
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
  })

  test.skipIf(!hasScript)('is one line that is rewritten on a terminal, and goes away', async () => {
    const said = await output(download, env(), true)
    const clear = `\r${ESCAPE}[K`
    expect(said).toContain(`${clear}downloaded 2 of 3 packages, 0.0 MB ...`)
    // All that is left is the error, in lines of its own.
    const lines = said.split('\r\n').map((line) => line.split(clear).at(-1))
    expect(lines[0]).toContain('error')
    expect(said.split(clear).length).toBeGreaterThan(3)
  })

  test.skipIf(!hasScript)('is plain lines in CI and on a dumb terminal', async () => {
    for (const more of [{ CI: 'true' }, { TERM: 'dumb' }])
      expect(await output(download, { ...env(), ...more }, true)).toContain('\ndownloaded 2 of 3 packages')
  })

  test('is plain lines in a pipe', async () => {
    const said = await output(download, env(), false)
    expect(said).toMatch(/^downloaded 2 of 3 packages, 0\.0 MB \.\.\.$/m)
    expect(said).not.toContain('\r')
  })

  test('is not shown with CARGO_TERM_PROGRESS_WHEN=never', async () => {
    const quiet = { ...env(), CARGO_TERM_PROGRESS_WHEN: 'never' }
    for (const isTerminal of [true, false])
      expect(await output(download, quiet, isTerminal)).not.toContain('downloaded 2 of 3')
  })

  test('fits the terminal', async () => {
    const written: string[] = []
    const stream = { isTTY: true, columns: 20, write: (text: string) => written.push(text) }
    const reporter = progressReporter(() => stream, { TERM: 'xterm' })
    reporter.report('an activity that is longer than that')
    await new Promise((proceed) => setTimeout(proceed, 1100))
    reporter.stop()
    expect(written).toEqual([`\r${ESCAPE}[Kan activity that i…`, `\r${ESCAPE}[K`])
  })
})

describe('--json', () => {
  /** Every command, and every subcommand, with what its help says. */
  async function commands(path: readonly string[]): Promise<readonly (readonly [string, string])[]> {
    const { stdout } = await cargo2nixOrFail([...path, '--help'], { cwd: folder })
    const [, list = ''] = stdout.split('Commands:')
    const names = [...list.matchAll(/^ {2}([a-z][\w-]+)/gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'help')
    const below = await Promise.all(names.map((name) => commands([...path, name])))
    return [[path.join(' '), stdout], ...below.flat()]
  }

  test('every command that has results has it', async () => {
    const all = await commands([])
    expect(all.length).toBeGreaterThan(15)
    const without = all.filter(([, help]) => !/^ {2}--json /m.test(help)).map(([name]) => name)
    // Its output is JSON as it is; a group of commands; a script for a shell.
    expect(without.toSorted()).toEqual(['', 'cache', 'completions', 'release', 'unit-graph'])
  })

  test.each([
    [['check', '--manifest-path', 'broken/Cargo.toml'], 'bad-manifest'],
    [['generate', '--no-such-flag'], 'bad-argument'],
    [['targets', 'add', 'no-such-target', '--manifest-path', 'Cargo.toml'], 'unknown-target'],
    [['cache', 'push', '--to', 'nonsense://'], 'bad-argument'],
    [['init', '--ci', 'nothing'], expect.any(String)],
  ])('an error is JSON on standard output: %j', async (words, code) => {
    const { status, stdout, stderr } = await cargo2nix([...words, '--json'], { cwd: folder })
    expect(status).toBe(2)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      error: expect.objectContaining({ code, message: expect.any(String) }) as unknown,
    })
  })

  test('generate and init say what they wrote', async () => {
    const workspace = folderWith({
      'Cargo.toml': '[package]\nname = "one"\nversion = "1.0.0"\nedition = "2021"\n',
      'Cargo.lock': 'version = 4\n[[package]]\nname = "one"\nversion = "1.0.0"\n',
      'src/main.rs': 'fn main() {}\n',
    })
    const json = async (...words: readonly string[]): Promise<unknown> =>
      JSON.parse((await cargo2nixOrFail([...words, '--json'], { cwd: workspace })).stdout)
    expect(await json('init', '--dry-run')).toEqual({ written: ['flake.nix'], kept: [] })
    expect(await json('init')).toMatchObject({
      written: ['flake.nix'],
      generated: { folder: 'nix', written: expect.arrayContaining(['Cargo.nix']) as unknown },
      next: expect.arrayContaining(['nix build']) as unknown,
    })
    expect(await json('generate')).toMatchObject({ written: [], removed: [], packages: 1 })
    expect(await json('targets', 'add', 'x86_64-unknown-linux-musl')).toMatchObject({
      inManifest: ['x86_64-unknown-linux-musl'],
      targets: expect.arrayContaining(['x86_64-unknown-linux-musl']) as unknown,
    })
    rmSync(workspace, { recursive: true, force: true })
  })
})
