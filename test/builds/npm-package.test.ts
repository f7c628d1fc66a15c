/** cargo2nix-ts as npm users get it: installed from git, with no dependencies at run time. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run, runOrFail } from '../program.ts'
import { emptyFolder, removeFolders } from './checkout.ts'

const root = join(import.meta.dirname, '..', '..')
const { status } = await run('git', ['rev-parse', 'HEAD'], { cwd: root })
const missing = status !== 0
const folders: string[] = []
afterAll(() => removeFolders(folders))

test.skipIf(missing)(
  `\`npm install -g git+…\` gives the program, its templates and nothing else${missing ? ' (skipped: no git repository)' : ''}`,
  async () => {
    const prefix = await emptyFolder()
    folders.push(prefix)
    await runOrFail('npm', ['install', '--global', '--prefix', prefix, '--no-audit', `git+file://${root}`])
    const program = join(prefix, 'bin', 'cargo2nix-ts')
    expect((await runOrFail(program, ['--version'])).stdout).toMatch(/^cargo2nix-ts \d/)
    const workspace = join(root, 'fixtures', 'chain')
    const { stdout } = await runOrFail(program, ['init', '--dry-run', '--ci', 'github'], { cwd: workspace })
    expect(stdout).toContain('would write flake.nix\n')
    expect(existsSync(join(prefix, 'lib', 'node_modules', 'cargo2nix-ts', 'node_modules'))).toBe(false)
  },
)
