/** A shell for another platform: cargo takes what is for that platform and what is for this machine from the store. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runOrFail } from '../program.ts'
import { warmWorkspace, type WarmRun, type WarmWorkspace } from '../warm/workspace.ts'
import { crossMachine } from './cross-machine.ts'
import type { PackageSet } from './package-set.ts'

const crosses = await crossMachine()
const missing = 'missing' in crosses ? crosses.missing : undefined
const HOST = 'x86_64-unknown-linux-gnu'

/** Targets, and what runs their programs here. */
const TARGETS: Readonly<Record<string, { readonly runner?: RegExp; readonly extension?: string }>> = {
  'x86_64-pc-windows-gnu': { runner: /\/bin\/wine(64)?$/, extension: '.exe' },
  'x86_64-unknown-linux-musl': {},
  'riscv64gc-unknown-linux-gnu': { runner: /\/bin\/qemu-riscv64$/ },
}

const variableOf = (target: string, name: string): string =>
  `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_${name}`

/** Nixpkgs beside the project has no curl to fetch with. */
const withFetching = (set: PackageSet): PackageSet => ({
  ...set,
  expression: `((${set.expression}).extend (_: prev: {
    fetchurl = { url ? "", sha256 ? "", name ? "", ... }@args: if builtins.match "http://127.*" url == null then prev.fetchurl args else derivation {
      inherit name; system = builtins.currentSystem; builder = "/bin/sh"; PATH = "/usr/bin:/bin";
      outputHashAlgo = "sha256"; outputHash = sha256; args = [ "-c" "curl --fail --silent --show-error --output $out \${url}" ];
    };
  }))`,
})

/** Without what is not to be had for all targets, the dylib and a repository; with C. */
function change(path: string): void {
  const edit = (file: string, from: string | RegExp, to: string): void => {
    const text = readFileSync(join(path, file), 'utf8')
    writeFileSync(join(path, file), text.replace(from, to))
  }
  edit('Cargo.toml', ', "loader"', '')
  edit('app/Cargo.toml', /^gitty = .*$/m, '')
  edit('app/src/main.rs', /\{\}\\n(.*) gitty::gitty\(\),/, '$1')
  edit(
    'core/Cargo.toml',
    '[dependencies]\n',
    '[dependencies]\ncompiled = { version = "0.1", registry = "mine" }\n',
  )
  edit('core/src/lib.rs', '"core {}\\n{}"', '"core {}\\n{}\\n{}", compiled::compiled()')
}

describe.skipIf(missing !== undefined)(
  `a warm shell for another platform${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let work: WarmWorkspace
    beforeAll(async () => {
      const flags = ['--host', HOST, ...Object.keys(TARGETS).flatMap((target) => ['--target', target])]
      work = await warmWorkspace('cargo.shell.override { warm = true; }', change, {
        ...('set' in crosses ? { packageSet: withFetching(crosses.set) } : {}),
        flags,
      })
    })
    afterAll(() => work.remove())

    const succeed = (finished: WarmRun): WarmRun => {
      expect(finished.status, finished.stderr).toBe(0)
      return finished
    }

    describe.each(Object.entries(TARGETS))('%s', (target, { runner, extension = '' }) => {
      let env: NodeJS.ProcessEnv
      beforeAll(async () => {
        env = await work.enter(`cargo.targets.${target}.shell.override { warm = true; }`)
      })

      test('its shell has the target, the linker and what runs programs', () => {
        expect(env['CARGO_BUILD_TARGET']).toBe(target)
        expect(env[variableOf(target, 'LINKER')]).toMatch(/^\/nix\/store\/.*cc$/)
        const found = env[variableOf(target, 'RUNNER')]
        if (runner === undefined) expect(found).toBeUndefined()
        else expect(found).toMatch(runner)
      })

      test.each([
        ['build', '--workspace'],
        ['check', '--workspace', '--all-targets'],
        ['test', '--workspace'],
      ])('all dependencies of `cargo %s %s` are answered', async (...args) => {
        const { misses, hits } = succeed(await work.cargo(args, { env }))
        expect(misses).toEqual({})
        expect(hits.length).toBeGreaterThan(9)
      })

      test('programs are what cargo alone makes of them, and plain cargo finds all of it fresh', async () => {
        const build = ['build', '--workspace', '--verbose']
        const outputs = async (name: string, isPlain: boolean): Promise<readonly string[]> => {
          succeed(await work.cargo(build, { target: name, env, isPlain }))
          const folder = join(work.targetOf(name), target, 'debug')
          const command = env[variableOf(target, 'RUNNER')] ?? 'env'
          const programs = ['app', 'solo'].map((each) => join(folder, `${each}${extension}`))
          const finished = programs.map((each) => runOrFail(command, [each], { env }))
          return (await Promise.all(finished)).map(({ stdout }) => stdout)
        }
        const warm = await outputs(`${target}-warm`, false)
        expect(warm.join('\n')).toMatch(/^core \d\d \w+ x86_64\r?$/m)
        expect(warm).toEqual(await outputs(`${target}-plain`, true))
        for (const isPlain of [false, true]) {
          const again = succeed(await work.cargo(build, { target: `${target}-warm`, env, isPlain }))
          expect(again.stderr).not.toMatch(/^ *(?:Compiling|Dirty)/m)
        }
      })
    })
  },
)
