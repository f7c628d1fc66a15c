/** A registry package that is a single unit is unpacked by it: fewer derivations, with the same results. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, runOrFail } from '../program.ts'
import { registry, writeFiles } from '../registry.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = await nixIsMissing()

const manifest = (name: string, more = ''): string =>
  `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n${more}`
const plain = 'pub fn plain() -> &\'static str {\n    include_str!("../words.txt")\n}\n'
const READS = 'std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/words.txt")).unwrap()'
const PACKAGES = {
  plain,
  // as `openssl-src` and `protoc-bin-vendored-linux-x86_64` do
  placed: `pub fn placed() -> String {\n    ${READS}\n}\n`,
  scripted: plain.replace('fn plain', 'fn scripted'),
  derived: `use proc_macro::TokenStream;\n#[proc_macro]\npub fn derived(_: TokenStream) -> TokenStream {\n    format!("{:?}", ${READS}).parse().unwrap()\n}\n`,
}

describe.skipIf(missing)(`packages of one unit${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-one-unit-'))
  const workspace = join(folder, 'app')
  let set: PackageSet
  const cargo = (): string => generated(workspace, set)

  beforeAll(async () => {
    const home = join(folder, 'home')
    const machine = await machinePackageSet()
    set = { ...machine, env: { ...machine.env, CARGO_HOME: home } }
    const published = registry(join(folder, 'registry'), home)
    for (const [name, code] of Object.entries(PACKAGES)) {
      const isMacro = name === 'derived' ? '[lib]\nproc-macro = true\n' : ''
      const script = name === 'scripted' ? { 'build.rs': 'fn main() {}\n' } : {}
      const files = {
        'Cargo.toml': manifest(name, isMacro),
        'words.txt': name,
        'src/lib.rs': code,
        ...script,
      }
      published.publish(files, name, '1.0.0')
    }
    const dependencies = Object.keys(PACKAGES).map(
      (name) => `${name} = { version = "1", registry = "here" }\n`,
    )
    writeFiles(workspace, {
      'Cargo.toml': manifest(
        'app',
        `[dependencies]\n${dependencies.join('')}[build-dependencies]\n${dependencies[1]!}`,
      ),
      'src/main.rs':
        'fn main() {\n    println!("{} {} {} {}", plain::plain(), env!("PLACED"), scripted::scripted(), derived::derived!());\n}\n',
      'build.rs': 'fn main() {\n    println!("cargo::rustc-env=PLACED={}", placed::placed());\n}\n',
      '.cargo/config.toml': `[registries.here]\nindex = "${published.index}"\n`,
    })
    await runOrFail('cargo', ['generate-lockfile'], { cwd: workspace, env: set.env })
    await cargo2nixOrFail(['generate'], { cwd: workspace, env: set.env })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('only packages with a build script are unpacked separately', async () => {
    const { stdout: top } = await runOrFail('nix-instantiate', ['--expr', `${cargo()}.packages.app`], {
      env: set.env,
    })
    const { stdout } = await runOrFail('nix-store', ['--query', '--requisites', top.trim()], { env: set.env })
    const sources = stdout.split('\n').flatMap((path) => /-(crate-.*-src)\.drv$/.exec(path)?.[1] ?? [])
    expect(sources).toEqual(['crate-scripted-1.0.0-src'])
  })

  test('a build script that runs finds what its dependency has compiled in', async () => {
    const [output] = await nixBuild(set, cargo(), ['packages.app'])
    const { stdout } = await runOrFail(join(output!, 'bin', 'app'), [])
    expect(stdout).toBe('plain placed scripted derived\n')
  })

  test('a library keeps its source where its path is in it, and only there', async () => {
    const crates = ['plain', 'placed', 'derived']
    const outputs = await nixBuild(
      set,
      cargo(),
      crates.map((name) => `crates."${name}-1.0.0".lib`),
    )
    expect(outputs.map((output) => existsSync(join(output, 'src', 'words.txt')))).toEqual([false, true, true])
    const [file] = readdirSync(outputs[0]!)
    expect(readFileSync(join(outputs[0]!, file!)).includes(outputs[0]!)).toBe(false)
  })

  test('`crates.<name>.src` is the unpacked source of every package', async () => {
    const names = Object.keys(PACKAGES)
    const sources = await nixBuild(
      set,
      cargo(),
      names.map((name) => `crates."${name}-1.0.0".src`),
    )
    expect(sources.map((source) => readFileSync(join(source, 'words.txt'), 'utf8'))).toEqual(names)
  })
})
