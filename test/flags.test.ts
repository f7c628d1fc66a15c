/** Flags mean the same in all commands, and a misspelt target gets suggestions. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nearestNames } from '../src/nearest-names.ts'
import { resolveTargetName } from '../src/nix/platform/platform.ts'
import { cargo2nix, cargo2nixOrFail } from './program.ts'

/** All commands, with those below them. */
async function commands(path: readonly string[] = []): Promise<readonly (readonly string[])[]> {
  const { stdout } = await cargo2nixOrFail([...path, '--help'])
  const list = /^Commands:\n([^]*)/m.exec(stdout)?.[1] ?? ''
  const names = [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'help')
  const below = await Promise.all(names.map((name) => commands([...path, name])))
  return [...(path.length === 0 ? [] : [path]), ...below.flat()]
}

const helpOf = async (path: readonly string[]): Promise<string> =>
  (await cargo2nixOrFail([...path, '--help'])).stdout

describe('flags', () => {
  test('a target is --target TRIPLE, may be repeated unless there can be only one, and is nowhere --targets', async () => {
    const all = await commands()
    expect(all.length).toBeGreaterThan(12)
    expect(all).toContainEqual(['cache', 'push'])
    for (const path of all) {
      const help = await helpOf(path)
      expect(help, path.join(' ')).not.toMatch(/^ *--targets\b/m)
      const flag = /^ *--target (.*(?:\n {10,}.*)*)/m.exec(help)?.[1]
      // An editor looks at one target.
      if (flag !== undefined && path[0] !== 'rust-project')
        expect(flag.replaceAll(/\s+/g, ' '), path.join(' ')).toMatch(/^<TRIPLE> .*may be repeated/)
    }
    expect(await helpOf(['cache', 'push'])).toContain('--target <TRIPLE>')
  })

  test('--offline is offered where the network can be spared, and not where it is the job', async () => {
    for (const path of [['generate'], ['unit-graph'], ['targets', 'add'], ['why'], ['toolchain']])
      expect(await helpOf(path), path.join(' ')).toContain('--offline')
    for (const path of [
      ['toolchain', 'update'],
      ['cache', 'push'],
      ['cache', 'status'],
    ])
      expect(await helpOf(path), path.join(' ')).not.toContain('--offline')
    const { status, stderr } = await cargo2nix(['toolchain', 'update', '--offline'])
    expect(status).toBe(2)
    expect(stderr).toContain("unknown option '--offline'")
  })
})

describe('a misspelt target', () => {
  const answerTo = (name: string): string => {
    try {
      return resolveTargetName(name).triple
    } catch (error) {
      return `${(error as Error).message} ${(error as { hint?: string }).hint}`
    }
  }

  const table = readFileSync(join(import.meta.dirname, '../src/cargo/platform/target-cfgs.json'), 'utf8')
  const known = Object.keys((JSON.parse(table) as { cfgs: Record<string, string> }).cfgs)

  test.each(['arm', 'x86_64', 'riscv64gc', 'wasm32', 'aarch64-unknown', 'thumbv7', 'powerpc'])(
    '%s: names that begin so come first',
    (name) => {
      const near = nearestNames(name, known, 4)
      expect(near).toHaveLength(4)
      for (const each of near) expect(each).toMatch(new RegExp(`^${name}`))
    },
  )

  test('the word is a whole one first: arm is arm-, then armv7-', () => {
    for (const name of nearestNames('arm', known, 4)) expect(name).toMatch(/^arm-/)
    expect(answerTo('arm')).toMatch(/`arm-/)
    expect(answerTo('arm')).not.toContain('avr')
  })

  test.each([
    ['x86_64-unkown-linux-gnu', 'x86_64-unknown-linux-gnu'],
    ['aarch64-apple-drawin', 'aarch64-apple-darwin'],
    ['wasm32-wasip', 'wasm32-wasip1'],
    ['riscv64gc-unknown-linux', 'riscv64gc-unknown-linux-gnu'],
  ])('%s: %s', (written, meant) => {
    expect(nearestNames(written, known, 4)[0]).toBe(meant)
    expect(answerTo(written)).toContain(meant)
  })

  test('no names are suggested if none is similar', () => {
    expect(nearestNames('zzzzzzzz', known, 4)).toEqual([])
    expect(nearestNames('', known, 4)).toEqual([])
  })
})
