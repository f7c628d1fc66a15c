/** The distributed package: old versions of Node refuse it in one line, and it has the licences of everything bundled. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script, createContext } from 'node:vm'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { run } from './program.ts'
import { writeFiles } from './registry.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const program = readFileSync(join(dist, 'cli.js'), 'utf8')
const wanted = (
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } }
).engines.node.slice('>='.length)

/** Runs the start of the program as another Node would. */
function startWith(node: string): {
  readonly stderr: string
  readonly exitCode: number
  readonly loads: boolean
} {
  let [stderr, loads] = ['', false]
  const process = {
    versions: { node },
    stderr: { write: (text: string) => (stderr += text) },
    exitCode: 0,
  }
  const importModuleDynamically = (): never => {
    loads = true
    throw new Error('loaded')
  }
  const code = program.replace(/^#!.*/, '').replace(/\bimport\(/, 'load(')
  new Script(code).runInContext(
    createContext({
      process,
      load: () => {
        try {
          return importModuleDynamically()
        } catch {
          return undefined
        }
      },
    }),
  )
  return { stderr, exitCode: process.exitCode, loads }
}

describe('an engine that is too old', () => {
  test.each(['12.22.9', '14.21.3', '16.20.2', '18.19.0', '20.9.0', '20.18.3'])('Node %s', (node) => {
    expect(startWith(node)).toEqual({
      stderr: `error: cargo2nix-ts needs Node ${wanted} or later, and this is ${node}\n`,
      exitCode: 2,
      loads: false,
    })
  })

  test.each([`${wanted}.0`, '20.20.2', '22.0.0', '24.1.0', '100.0.0'])('Node %s is new enough', (node) => {
    expect(startWith(node)).toEqual({ stderr: '', exitCode: 0, loads: true })
  })

  test('Node 12 can parse the file that prints the error', async () => {
    const { code } = await import('esbuild').then(({ transform }) =>
      transform(program, { target: 'node12.22', minifySyntax: true, minifyWhitespace: true, format: 'esm' }),
    )
    const same = await import('esbuild').then(({ transform }) =>
      transform(program, { target: 'esnext', minifySyntax: true, minifyWhitespace: true, format: 'esm' }),
    )
    expect(code).toBe(same.code)
    expect(program).not.toMatch(/\bimport\s*(?:[{*"']|\w+\s+from)/)
  })

  test('scripts/setup refuses an old Node before it does anything', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
    try {
      const answer = (text: string): string => `#!/bin/sh\necho "${text}"\n`
      writeFiles(folder, {
        node: answer('v18.19.0'),
        npm: answer('npm was called'),
        cargo: answer(''),
        rustc: answer(''),
      })
      const result = await run('sh', ['-c', `chmod +x ${folder}/*; scripts/setup`], {
        cwd: root,
        env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
      })
      expect(result).toEqual({
        status: 1,
        stdout: '',
        stderr: `setup: Node ${wanted} or later is needed, and this is 18.19.0\n`,
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('parts', () => {
  const start = [/import\("\.\/(part-[^"]+)"\)/.exec(program)?.[1] ?? '']
  const importsOf = (name: string): readonly string[] =>
    [...readFileSync(join(dist, name), 'utf8').matchAll(/(?:from|import)\s*"\.\/(part-[^"]+)"/g)].map(
      ([, part]) => part!,
    )
  /** With all that they import at once. */
  function loadedWith(start: readonly string[]): ReadonlySet<string> {
    const loaded = new Set(start)
    for (const name of loaded) for (const part of importsOf(name)) loaded.add(part)
    return loaded
  }
  const partsOf = (mark: string): readonly string[] =>
    readdirSync(dist).filter(
      (name) => name.startsWith('part-') && readFileSync(join(dist, name), 'utf8').includes(mark),
    )

  test('generate loads at once neither what runs programs, nor what edits manifests, nor what shells want', () => {
    const seldom = ['forceKillAfterDelay', 'Invalid multiline string:', 'powershell'].map(partsOf)
    expect(seldom.map(({ length }) => length > 0)).toEqual([true, true, true])
    const generate = partsOf('async function generate(')
    expect(generate).toHaveLength(1)
    const atOnce = loadedWith([...start, ...generate])
    expect(atOnce.size).toBeGreaterThan(3)
    for (const parts of seldom) expect(parts.filter((name) => atOnce.has(name))).toEqual([])
  })

  test('to print its version, it reads less than 100 kB', () => {
    const bytes = [...loadedWith(start)].map((name) => statSync(join(dist, name)).size)
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000)
  })

  test('the directory contains no other files', () => {
    const all = new Set(start)
    for (const name of all)
      for (const [, part] of readFileSync(join(dist, name), 'utf8').matchAll(/"\.\/(part-[^"]+)"/g))
        all.add(part!)
    expect(
      readdirSync(dist)
        .filter((name) => name.startsWith('part-'))
        .toSorted(),
    ).toEqual([...all].toSorted())
  })
})

describe('THIRD-PARTY-NOTICES', () => {
  const notices = readFileSync(join(dist, 'THIRD-PARTY-NOTICES'), 'utf8')

  test('the head of the program points to it', () => {
    expect(program.split('\n')[1]).toMatch(/^\/\/ cargo2nix-ts .* THIRD-PARTY-NOTICES/)
  })

  test('names every package that is bundled, and no other, each with its version and licence', async () => {
    const { metafile } = await build({
      entryPoints: [join(root, 'src/cli.ts')],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
    })
    const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
    )
    const folders = new Set(
      used.flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
    )
    expect(folders.size).toBeGreaterThan(20)
    const titles = [...folders].map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(join(root, folder, 'package.json'), 'utf8'),
      ) as Record<string, string>
      return `${name} ${version} (${license})`
    })
    const written = [...notices.matchAll(/^-{80}\n(.+)$/gm)].map(([, title]) => title!)
    expect(written.toSorted()).toEqual(titles.toSorted())
  })

  test('holds the text of each licence', () => {
    const sections = notices.split(/^-{80}\n/m).slice(1)
    for (const section of sections) {
      const [title = ''] = section.split('\n')
      expect(section, title).toMatch(/copyright/i)
      expect(section.length, title).toBeGreaterThan(500)
    }
    const bsd = sections.filter((section) => section.includes('(BSD-3-Clause)'))
    expect(bsd).toHaveLength(1)
    expect(bsd[0]).toContain('Redistributions in binary form must reproduce the above copyright')
    const apache = sections.filter((section) => section.includes('(Apache-2.0)'))
    for (const section of apache) expect(section).toContain('Apache License')
  })
})
