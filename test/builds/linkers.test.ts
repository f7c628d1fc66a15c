/** Linkers that the configuration names, `clang` and `-fuse-ld`, are nixpkgs' packages of that name. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { folderWith } from '../folder.ts'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = await nixIsMissing()
const host = hostTriple()

const files = {
  'Cargo.toml':
    '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\nbuild = "build.rs"\n[profile.release]\nstrip = "none"\n',
  'src/main.rs': 'fn main() { println!("linked"); }\n',
  'build.rs': 'fn main() {}\n',
}

/** A package with a program that hands on to another one, and leaves a mark in what it links. */
const stub = (name: string, program: string, target: string, mark: string): string => `derivation {
  name = "${name}"; system = builtins.currentSystem; builder = "/bin/sh"; PATH = builtins.getEnv "PATH";
  args = [ "-c" ''
    mkdir -p $out/bin
    printf '%s\\n' '#!/bin/sh' 'exec ${target} ${mark} "$@"' >$out/bin/${program}
    chmod +x $out/bin/${program}
  '' ];
}`

describe.skipIf(missing)(`linkers${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  let set: PackageSet
  let workspace = ''
  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = folderWith(files)
    await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: workspace })
  })
  afterAll(() => rmSync(workspace, { recursive: true, force: true }))

  const withPackages = (packages: string, more = ''): string =>
    `let plain = ${set.expression}; pkgs = plain // { ${packages} buildPackages = pkgs; };
     in import (/. + "${workspace}/nix/Cargo.nix") { inherit pkgs; ${more} }`
  const configure = async (config: string): Promise<void> => {
    rmSync(join(workspace, '.cargo'), { recursive: true, force: true })
    if (config !== '') {
      const folder = join(workspace, '.cargo')
      await runOrFail('mkdir', [folder])
      writeFileSync(join(folder, 'config.toml'), config)
    }
    await cargo2nixOrFail(['generate', '--host', host], { cwd: workspace })
  }
  const program = async (packages: string, more = ''): Promise<string> => {
    const [output] = await nixBuild(set, `(${withPackages(packages, more)})`, ['packages.app'])
    const path = `${output}/bin/app`
    expect((await runOrFail(path, [])).stdout).toBe('linked\n')
    return readFileSync(path, 'latin1')
  }

  const MOLD = `mold = ${stub('mold', 'ld.mold', '/usr/bin/ld', '--defsym=linked_by_mold=0x2a')};`
  const LLD = `lld = ${stub('lld', 'ld.lld', '/usr/bin/ld', '--defsym=linked_by_lld=0x2a')};`
  const CLANG = `clang = ${stub('clang', 'clang', '/usr/bin/cc', '-Wl,--defsym=linked_by_clang=0x2a')};`

  test.each([
    ['mold', `[target.${host}]\nrustflags = ["-C", "link-arg=-fuse-ld=mold"]\n`],
    ['mold', `[target.'cfg(target_os = "linux")']\nrustflags = "-Clink-arg=-fuse-ld=mold"\n`],
    ['lld', `[build]\nrustflags = ["-Clink-args=-fuse-ld=lld -Wl,-O1"]\n`],
    ['clang', `[target.${host}]\nlinker = "clang"\n`],
    ['clang', `[build]\nrustflags = ["-C", "linker=clang"]\n`],
    ['clang', `[target.${host}]\nlinker = "clang"\nrustflags = ["-C", "link-arg=-fuse-ld=mold"]\n`],
  ])('%s links: %j', async (name, config) => {
    await configure(config)
    // Rust's own distribution has an lld beside rustc, which is found first.
    expect(await program(MOLD + LLD + CLANG)).toMatch(new RegExp(`linked_by_${name}|Linker: ${name}`, 'i'))
  })

  test('the documented line links everything with mold', async () => {
    await configure('')
    const document = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'settings.md'), 'utf8')
    const line = /^ *extraRustcFlags = \[.*mold.*\];$/m.exec(document)?.[0]
    expect(line).toBeDefined()
    expect(await program(MOLD, line)).toContain('linked_by_mold')
  })

  test.each(['mold', 'lld'])('a package set without %s is an error that says what to add', async (name) => {
    await configure(`[build]\nrustflags = ["-C", "link-arg=-fuse-ld=${name}"]\n`)
    const expression = `(${withPackages(`${name} = null;`)}).packages.app`
    const { status, stderr } = await run('nix-instantiate', ['--expr', expression], { env: set.env })
    expect(status).not.toBe(0)
    expect(stderr).toContain(`the package set has no \`${name}\``)
    expect(stderr).toContain(`a package with bin/ld.${name}`)
  })

  test.each([
    `[target.${host}]\nlinker = "clang"\n`,
    `[build]\nrustflags = ["-Clinker=clang"]\n`,
    `[build]\nrustflags = ["-C", "linker=clang"]\n`,
    `[build]\nrustflags = ["--codegen=linker=clang"]\n`,
  ])('a package set without clang is an error that says what to add: %j', async (config) => {
    await configure(config)
    const expression = `(${withPackages('clang = null;')}).packages.app`
    const { status, stderr } = await run('nix-instantiate', ['--expr', expression], { env: set.env })
    expect(status).not.toBe(0)
    expect(stderr).toContain('the package set has no `clang`')
    expect(stderr).toContain('a package with bin/clang')
  })

  test("a linker of the repository finds the package set's `cc`", async () => {
    await configure(`[target.${host}]\nlinker = "tools/link.sh"\n`)
    const script = join(workspace, 'tools', 'link.sh')
    mkdirSync(join(workspace, 'tools'), { recursive: true })
    writeFileSync(script, '#!/bin/sh\nexec cc -Wl,--defsym=linked_by_script=0x2a "$@"\n', { mode: 0o755 })
    await cargo2nixOrFail(['generate', '--host', host], { cwd: workspace })
    expect(await program('')).toContain('linked_by_script')
  })

  test('a linker that is not there is no missing file of the package', async () => {
    await configure(`[build]\nrustflags = ["-Clinker=nowhere-cc"]\n`)
    const { status, stderr } = await run(
      'nix-build',
      ['--no-out-link', '--expr', `(${withPackages('')}).packages.app`],
      {
        env: set.env,
      },
    )
    expect(status).not.toBe(0)
    expect(stderr).toContain('linker `nowhere-cc` not found')
    expect(stderr).not.toContain('include =')
  })
})
