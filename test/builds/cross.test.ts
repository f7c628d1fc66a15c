/** Binaries for other platforms, really built and run: with wine, with qemu, or natively. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { fetchPublished } from '../published.ts'
import { checkout, removeFolders } from './checkout.ts'
import { crossMachine } from './cross-machine.ts'
import { dllNames, elfFacts } from './elf-facts.ts'
import { generated, nixBuild, nixEval, type PackageSet } from './package-set.ts'

const crosses = await crossMachine()
const missing = 'missing' in crosses ? crosses.missing : undefined
const fixtures = join(import.meta.dirname, '..', '..', 'fixtures')
const HOST = 'x86_64-unknown-linux-gnu'

interface Target {
  readonly runner: readonly string[]
  readonly os: string
  readonly bits: number
  /** As readelf names it; undefined where programs are no ELF files. */
  readonly machine?: string
}

const TARGETS: Readonly<Record<string, Target>> = {
  'x86_64-pc-windows-gnu': { runner: ['wine'], os: 'windows', bits: 64 },
  'x86_64-unknown-linux-musl': {
    runner: [],
    os: 'linux',
    bits: 64,
    machine: 'X86-64',
  },
  'aarch64-unknown-linux-musl': {
    runner: ['qemu-aarch64'],
    os: 'linux',
    bits: 64,
    machine: 'AArch64',
  },
  'armv7-unknown-linux-gnueabihf': {
    runner: ['qemu-arm', '-L', '/usr/arm-linux-gnueabihf'],
    os: 'linux',
    bits: 32,
    machine: 'ARM',
  },
  'riscv64gc-unknown-linux-gnu': {
    runner: ['qemu-riscv64', '-L', '/usr/riscv64-linux-gnu'],
    os: 'linux',
    bits: 64,
    machine: 'RISC-V',
  },
}

/** Of Windows itself, as its own SDK names them. */
const SYSTEM_DLL =
  /^(?:api-ms-win-.*|advapi32|bcrypt|bcryptprimitives|kernel32|msvcrt|ntdll|ole32|secur32|shell32|user32|userenv|ws2_32)\.dll$/

describe.skipIf(missing !== undefined)(
  `other platforms${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = []
    let set: PackageSet
    let workspace: string

    beforeAll(async () => {
      if ('set' in crosses) set = crosses.set
      workspace = await checkout(join(fixtures, 'cross'), 'cross')
      folders.push(workspace)
      const flags = Object.keys(TARGETS).flatMap((target) => ['--target', target])
      await cargo2nixOrFail(['generate', '--host', HOST, ...flags], { cwd: workspace })
    })
    afterAll(() => removeFolders(folders))

    const runThere = async (target: string, program: string, args: readonly string[]): Promise<string> => {
      const [command, ...rest] = [...TARGETS[target]!.runner, program, ...args]
      const { stdout, stderr } = await run(command!, rest, { env: set.env })
      return stdout.replaceAll('\r\n', '\n') || stderr
    }

    test.each(Object.entries(TARGETS))(
      '%s: C, build script and proc macro',
      async (target, { os, bits, machine }) => {
        const [output, macros] = await nixBuild(set, generated(workspace, set), [
          `targets.${target}.packages.app`,
          `targets.${target}.packages.macros`,
        ])
        const suffix = os === 'windows' ? '.exe' : ''
        const program = `${output}/bin/app${suffix}`
        expect((await runThere(target, program, [])).split('\n')).toEqual([
          `built on linux for ${os}`,
          `runs on ${os === 'windows' ? 'windows' : 'unix'}`,
          'expanded on linux',
          `${bits}-bit pointers, little-endian`,
          'helped by 64-bit C',
          'unwound: true',
          '',
        ])
        expect(await runThere(target, `${macros}/bin/expand${suffix}`, [])).toBe(
          `expanded on linux, runs on ${os}\n`,
        )
        if (machine === undefined) {
          const dlls = await dllNames(program)
          expect(dlls.length).toBeGreaterThan(0)
          expect(dlls.filter((name) => !SYSTEM_DLL.test(name))).toEqual([])
          return
        }
        const [facts, defaults] = [await elfFacts(program), await rustcDefaults(target)]
        expect(facts.machine).toContain(machine)
        expect(facts.interpreter === undefined).toBe(defaults.isStatic)
        expect(facts.needed.length === 0).toBe(defaults.isStatic)
        expect(facts.type).toBe(defaults.isPositionIndependent ? 'DYN' : 'EXEC')
      },
    )

    test.each(['aarch64-unknown-linux-musl', 'armv7-unknown-linux-gnueabihf'])(
      '%s: a C library (zstd-sys)',
      async (target) => {
        const [output, native] = await nixBuild(set, generated(workspace, set), [
          `targets.${target}.packages.packs`,
          'packages.packs',
        ])
        const expected = (await runOrFail(`${native}/bin/packs`, [])).stdout
        expect(expected).toMatch(/^\d+ bytes of 400000\n$/)
        expect(await runThere(target, `${output}/bin/packs`, [])).toBe(expected)
      },
    )

    test.each(Object.keys(TARGETS))("%s: tests run under nixpkgs' emulator", async (target) => {
      const attribute = `targets.${target}.tests.app`
      await nixBuild(set, generated(workspace, set), [attribute])
      const log = await runOrFail('nix-store', ['--read-log', await outPath(set, workspace, attribute)], {
        env: set.env,
      })
      expect(log.stdout + log.stderr).toContain('2 passed; 0 failed')
    })

    test('x86_64-pc-windows-gnu: DLLs of the build and of the compiler lie beside the program', async () => {
      const shared = await checkout(join(fixtures, 'shared-libraries'), 'shared-libraries')
      folders.push(shared)
      const target = 'x86_64-pc-windows-gnu'
      await cargo2nixOrFail(['generate', '--host', HOST, '--target', target], { cwd: shared })
      const [output] = await nixBuild(set, generated(shared, set), [`targets.${target}.packages.with-c`])
      expect(await runThere(target, `${output}/bin/with-c.exe`, [])).toBe('C counted 42\n')
      const beside = readdirSync(`${output}/bin`)
      for (const file of beside) {
        const needed = (await dllNames(`${output}/bin/${file}`)).filter((name) => !SYSTEM_DLL.test(name))
        expect(beside).toEqual(expect.arrayContaining(needed))
      }
      expect(beside.toSorted()).toEqual(['counter.dll', 'libwinpthread-1.dll', 'with-c.exe'])
    })

    test('x86_64-pc-windows-gnu: ripgrep', async () => {
      const ripgrep = await checkout(await fetchPublished('ripgrep', '14.1.1'), 'ripgrep')
      folders.push(ripgrep)
      const target = 'x86_64-pc-windows-gnu'
      await cargo2nixOrFail(['generate', '--host', HOST, '--target', target], { cwd: ripgrep })
      const [output] = await nixBuild(set, generated(ripgrep, set), [`targets.${target}.packages.ripgrep`])
      const args = ['--line-number', 'name = "ripgrep"', 'Cargo.toml']
      const found = await run('wine', [`${output}/bin/rg.exe`, ...args], { cwd: ripgrep, env: set.env })
      expect(found.stdout).toMatch(/^\d+:name = "ripgrep"\r?\n$/m)
      const dlls = await dllNames(`${output}/bin/rg.exe`)
      expect(dlls.filter((name) => !SYSTEM_DLL.test(name))).toEqual([])
    })
  },
)

/** How rustc links programs for a target, unless it is told otherwise. */
async function rustcDefaults(
  target: string,
): Promise<{ readonly isStatic: boolean; readonly isPositionIndependent: boolean }> {
  const args = ['-Z', 'unstable-options', '--print', 'target-spec-json', '--target', target]
  const { stdout } = await runOrFail('rustc', args, { env: { ...process.env, RUSTC_BOOTSTRAP: '1' } })
  const spec = JSON.parse(stdout) as Readonly<Record<string, unknown>>
  const isStatic = spec['crt-static-default'] === true
  const key = `${isStatic ? 'static-' : ''}position-independent-executables`
  return { isStatic, isPositionIndependent: spec[key] === true }
}

async function outPath(set: PackageSet, workspace: string, attribute: string): Promise<string> {
  return String(await nixEval(set, `${generated(workspace, set)}.${attribute}.outPath`))
}
