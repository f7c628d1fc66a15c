/** In a shell, cargo compiles and links with what the builds have besides cargo's configuration: flags, linkers, a target. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { folderWith } from '../folder.ts'
import { cargo2nixOrFail, runOrFail } from '../program.ts'
import { warmWorkspace } from '../warm/workspace.ts'
import { shellOutput } from './dev-shell.ts'
import { elfFacts } from './elf-facts.ts'
import { machinePackageSet, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = await nixIsMissing()
const host = hostTriple()
const hasStaticLibc = existsSync(execFileSync('cc', ['-print-file-name=libc.a'], { encoding: 'utf8' }).trim())
const skipped = missing ? ' (no nix-build on this machine)' : ''

/** A package with a program that hands on to another one, and leaves a mark in what it links. */
const stub = (name: string, program: string, target: string): string => `${name} = derivation {
  name = "${name}"; system = builtins.currentSystem; builder = "/bin/sh"; PATH = "/usr/bin:/bin";
  args = [ "-c" ''
    mkdir -p $out/bin
    printf '%s\\n' '#!/bin/sh' 'exec ${target}--defsym=linked_by_${name}=0x2a "$@"' >$out/bin/${program}
    chmod +x $out/bin/${program}
  '' ];
};`
const STUBS = stub('mold', 'ld.mold', '/usr/bin/ld ') + stub('clang', 'clang', '/usr/bin/cc -Wl,')

async function packageSet(): Promise<PackageSet> {
  const machine = await machinePackageSet()
  const expression = `(let pkgs = ${machine.expression} // { ${STUBS} buildPackages = pkgs; }; in pkgs)`
  return { ...machine, expression }
}

interface Case {
  /** Of .cargo/config.toml. */
  readonly config?: string
  /** Of the settings. */
  readonly settings?: string
  /** Arguments of Cargo.nix. */
  readonly more?: string
  readonly marks?: readonly string[]
  readonly isStatic?: boolean
}

const CASES: readonly Case[] = [
  { config: `[target.${host}]\nlinker = "clang"\n`, marks: ['clang'] },
  { config: `[build]\nrustflags = ["-Clinker=clang"]\n`, marks: ['clang'] },
  { config: `[target.'cfg(unix)']\nrustflags = ["-C", "link-arg=-fuse-ld=mold"]\n`, marks: ['mold'] },
  {
    config: `[target.${host}]\nlinker = "clang"\nrustflags = ["-C", "link-arg=-fuse-ld=mold"]\n`,
    marks: ['clang', 'mold'],
  },
  { config: `[target.${host}]\nlinker = "gcc-of-another-distribution"\n` },
  { more: 'extraRustcFlags = [ "-C" "link-arg=-fuse-ld=mold" ];', marks: ['mold'] },
  { more: `extraRustcFlags = [ "-C" "link-args=-fuse-ld=mold -Wl,-O1" ];`, marks: ['mold'] },
  { settings: 'static = true', isStatic: true },
  {
    settings: 'static = true\nrelocation-model = "static"',
    config: '[build]\nrustflags = ["-Clink-arg=-fuse-ld=mold"]\n',
    isStatic: true,
    marks: ['mold'],
  },
]

describe.skipIf(missing)(`linking in a shell${skipped}`, () => {
  let set: PackageSet
  let workspace = ''
  beforeAll(async () => {
    set = await packageSet()
    workspace = folderWith({
      'Cargo.toml': '',
      'src/main.rs': 'fn main() { println!("linked"); }\n',
      'build.rs': 'fn main() {}\n',
    })
  })
  afterAll(() => rmSync(workspace, { recursive: true, force: true }))

  test.each(CASES.filter(({ isStatic = false }) => hasStaticLibc || !isStatic))(
    '%j',
    async ({ config = '', settings = '', more = '', marks = [], isStatic = false }) => {
      writeFileSync(
        join(workspace, 'Cargo.toml'),
        `[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[package.metadata.cargo2nix.target.${host}]\n${settings}\n`,
      )
      mkdirSync(join(workspace, '.cargo'), { recursive: true })
      writeFileSync(join(workspace, '.cargo/config.toml'), config)
      await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: workspace })
      await cargo2nixOrFail(['generate', '--host', host], { cwd: workspace })
      const target = join(workspace, 'target')
      rmSync(target, { recursive: true, force: true })
      await shellOutput(set, workspace, 'cargo build', {
        more,
        env: { CARGO_TARGET_DIR: target, RUSTFLAGS: undefined },
      })
      const program = join(target, ...(isStatic ? [host] : []), 'debug', 'app')
      expect((await runOrFail(program, [])).stdout).toBe('linked\n')
      const text = readFileSync(program, 'latin1')
      for (const name of ['clang', 'mold'])
        expect(text.includes(`linked_by_${name}`)).toBe(marks.includes(name))
      expect((await elfFacts(program)).interpreter === undefined).toBe(isStatic)
    },
  )

  test.skipIf(!hasStaticLibc)('a warm shell answers for flags that only the settings have', async () => {
    const work = await warmWorkspace(
      'cargo.shell.override { warm = true; }',
      (path) => {
        const manifest = join(path, 'Cargo.toml')
        writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(', "loader"', ''))
        appendFileSync(manifest, `[workspace.metadata.cargo2nix.target.${host}]\nstatic = true\n`)
        const flags = ['-Clinker=clang', '--codegen=link-arg=-fuse-ld=mold', '--cfg=flagged']
        appendFileSync(join(path, '.cargo/config.toml'), `[build]\nrustflags = ${JSON.stringify(flags)}\n`)
      },
      { packageSet: set },
    )
    try {
      const { status, stderr, misses, hits } = await work.cargo(['build', '--workspace'], {
        target: 'static',
      })
      expect(status, stderr).toBe(0)
      expect(misses).toEqual({})
      expect(hits.length).toBeGreaterThan(9)
      const program = join(work.targetOf('static'), host, 'debug', 'solo')
      expect((await runOrFail(program, [])).stdout).toMatch(/^plain 0\.1\.0 \w+ true true/)
      expect((await elfFacts(program)).interpreter).toBeUndefined()
    } finally {
      await work.remove()
    }
  })
})
