/** `targets`: the matrix as a table, and its edits, checked against what cargo and rustc read. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { editTargets } from '../src/nix/settings/edit-targets.ts'
import { cargo2nix, cargo2nixOrFail, cli, runOrFail } from './program.ts'

const fixture = join(import.meta.dirname, '..', 'fixtures', 'ten-members')

/** The list as cargo reads it from a manifest of a package. */
async function readByCargo(folder: string, manifest: string): Promise<unknown> {
  writeFileSync(join(folder, 'Cargo.toml'), manifest)
  const args = ['metadata', '--no-deps', '--offline', '--format-version', '1']
  const { stdout } = await runOrFail('cargo', args, { cwd: folder })
  const read = JSON.parse(stdout) as { metadata: unknown; packages: readonly { metadata: unknown }[] }
  const table = (read.metadata ?? read.packages[0]?.metadata) as { cargo2nix?: { targets?: unknown } }
  return table.cargo2nix?.targets
}

const HEAD = '[package] # ours\nname = "a"\nversion = "0.1.0"\n\n[lib]\npath = "Cargo.toml"\n'

describe('targets', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-targets-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const manifests: readonly (readonly [string, string])[] = [
    ['no table', HEAD],
    ['no newline at the end', HEAD.trimEnd()],
    ['a workspace', `${HEAD}\n[workspace] # all\nmembers = []\n`],
    ['another table of metadata', `${HEAD}\n[package.metadata.other] # theirs\nkey = 1 # kept\n`],
    ['an inline table', `${HEAD.replace('[lib]', 'metadata = { other = 1 } # kept\n\n[lib]')}`],
    ['other settings', `${HEAD}\n[package.metadata.cargo2nix] # ours\nhosts = ["x86_64-linux"] # one\n`],
    [
      'a list',
      `${HEAD}\n[package.metadata.cargo2nix]\ntargets = [ # these\n  "x86_64-pc-windows-gnu", # first\n]\n`,
    ],
  ]
  test.each(manifests)('targets can be edited in a manifest with %s', async (_, manifest) => {
    const targets = ['x86_64-pc-windows-gnu', 'arm-unknown-linux-musleabihf']
    const edited = editTargets(manifest, targets)
    expect(await readByCargo(folder, edited)).toEqual(targets)
    const lines = new Set(edited.split('\n').map((line) => line.trim()))
    const comments = manifest.split('\n').filter((line) => line.includes('#') && !line.includes('metadata ='))
    expect(comments.filter((line) => !lines.has(line.trim()))).toEqual([])
    expect(await readByCargo(folder, editTargets(edited, targets.slice(1)))).toEqual(targets.slice(1))
  })

  test('add and remove leave the generated directory up to date', async () => {
    const cwd = join(folder, 'ten')
    cpSync(fixture, cwd, { recursive: true })
    const before = readFileSync(join(cwd, 'Cargo.toml'), 'utf8')
    const rows = async (): Promise<readonly string[]> => {
      const { stdout } = await cargo2nixOrFail(['targets', '--json'], { cwd })
      return (JSON.parse(stdout) as readonly { triple: string }[]).map(({ triple }) => triple)
    }
    const unchanged = await rows()
    const added = await cargo2nixOrFail(['targets', 'add', 'muslpi'], { cwd })
    expect(added.stderr).toContain('arm-unknown-linux-musleabihf')
    expect(await rows()).toEqual([...unchanged, 'arm-unknown-linux-musleabihf'])
    expect((await cargo2nix(['check'], { cwd })).status).toBe(0)
    await cargo2nixOrFail(['targets', 'remove', 'armv6l-unknown-linux-musleabihf'], { cwd })
    expect(await rows()).toEqual(unchanged)
    expect(readFileSync(join(cwd, 'Cargo.toml'), 'utf8').startsWith(before.trimEnd())).toBe(true)
    const absent = await cargo2nix(['targets', 'remove', 'mingwW64'], { cwd })
    expect(absent.status).toBe(2)
    expect(absent.stderr).toMatch(/Cargo\.toml: metadata\.cargo2nix\.targets: `x86_64-pc-windows-gnu`/)
  })

  test("--all lists rustc's targets", async () => {
    const { stdout } = await cargo2nixOrFail(['targets', '--all', '--json'])
    const ours = (JSON.parse(stdout) as readonly { triple: string }[]).map(({ triple }) => triple)
    const rustc = spawnSync('rustc', ['--print', 'target-list'], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
    // A newer rustc has more, an older one less.
    expect(ours.filter((triple) => rustc.includes(triple)).length).toBeGreaterThan(280)
  })

  test('a reader that stops early is not an error', async () => {
    const { stderr } = await runOrFail('bash', ['-c', 'set -o pipefail; node "$0" targets --all | true', cli])
    expect(stderr).toBe('')
  })
})
