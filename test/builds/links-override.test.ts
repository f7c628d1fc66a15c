/** `[target.<triple>.<links>]` replaces a build script in Nix as it does in cargo. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { folderWith } from '../folder.ts'
import { cargo2nix, cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = await nixIsMissing()
const host = hostTriple()

const manifest = (name: string, more = ''): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`

/** A library whose build script must not run: `deep` is used by a build script, `z` by a program. */
const sys = (name: string): Record<string, string> => ({
  [`${name}-sys/Cargo.toml`]: manifest(
    `${name}-sys`,
    `links = "${name}"\n[build-dependencies]\nneedless = { path = "../needless" }\n`,
  ),
  [`${name}-sys/build.rs`]: 'fn main() { needless::f(); panic!("must not run"); }\n',
  [`${name}-sys/src/lib.rs`]: `pub fn f() -> (bool, bool, Option<&'static str>, bool) {
    (cfg!(overridden), cfg!(mode = "cfg"), option_env!("FROM_CONFIG"), option_env!("OUT_DIR").is_some())
}
`,
})

const files = {
  'Cargo.toml': '[workspace]\nmembers = ["app"]\nresolver = "2"\n',
  'app/Cargo.toml': manifest(
    'app',
    '[dependencies]\nz-sys = { path = "../z-sys" }\n[build-dependencies]\ndeep-sys = { path = "../deep-sys" }\n',
  ),
  'app/build.rs': `fn main() {
    println!("cargo::rustc-env=SEEN={:?} {:?} {:?}", std::env::var("DEP_Z_INCLUDE"), std::env::var("DEP_Z_THE_VERSION"), deep_sys::f());
}
`,
  'app/src/main.rs': `extern "C" { fn cos(x: f64) -> f64; }
fn main() { println!("{:?} {} {}", z_sys::f(), env!("SEEN"), unsafe { cos(0.0) }); }
`,
  'needless/Cargo.toml': manifest('needless'),
  'needless/src/lib.rs': 'pub fn f() {}\n',
  ...sys('z'),
  ...sys('deep'),
  'native/lib/keep': '',
  '.cargo/config.toml': `[target.${host}.z]
rustc-link-lib = ["m"]
rustc-link-search = ["native/lib", "native=native/none"]
rustc-flags = "-L native/lib -l m"
rustc-cfg = ["overridden", 'mode="cfg"']
rustc-check-cfg = ["cfg(overridden)"]
rustc-env = { FROM_CONFIG = "yes" }
rustc-link-arg = ["-Wl,--defsym=of_config=0x2a"]
include = "/opt/z/include"
the-version = "9"
[target.${host}.deep]
rustc-cfg = ["overridden"]
[target.'cfg(unix)'.z]
rustc-env = { FROM_CONFIG = "no" }
`,
}

describe.skipIf(missing)(
  `a build script that the configuration replaces${missing ? ' (no nix-build on this machine)' : ''}`,
  () => {
    let set: PackageSet
    let workspace = ''
    beforeAll(async () => {
      set = await machinePackageSet()
      workspace = folderWith(files)
      await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: workspace })
      await cargo2nixOrFail(['generate', '--host', host], { cwd: workspace })
    })
    afterAll(() => rmSync(workspace, { recursive: true, force: true }))

    test('the program says what cargo has it say', async () => {
      const cargos = await runOrFail('cargo', ['run', '--release', '--locked', '--offline'], {
        cwd: workspace,
      })
      const [output] = await nixBuild(set, generated(workspace, set), ['packages.app'])
      const ours = await runOrFail(`${output}/bin/app`, [])
      expect(ours.stdout).toBe(cargos.stdout)
      expect(ours.stdout).toContain('"/opt/z/include"')
    })

    test('tests and clippy need no script either', async () => {
      const outputs = await nixBuild(set, generated(workspace, set), ['tests.app', 'clippy.app'])
      expect(outputs).toHaveLength(2)
    })

    test('what only the script needs is not compiled', async () => {
      const { stdout } = await runOrFail(
        'nix-instantiate',
        ['--expr', `${generated(workspace, set)}.packages.app`],
        { env: set.env },
      )
      const closure = await runOrFail('nix-store', ['--query', '--requisites', stdout.trim()], {
        env: set.env,
      })
      expect(closure.stdout).not.toMatch(/needless|build-script-z-sys|build-script-deep-sys/)
      expect(closure.stdout).toMatch(/z-sys/)
    })

    test('check sees a change of the table', async () => {
      expect(await cargo2nix(['check', '--host', host], { cwd: workspace })).toMatchObject({ status: 0 })
      const config = join(workspace, '.cargo', 'config.toml')
      writeFileSync(config, files['.cargo/config.toml'].replace('"9"', '"10"'))
      expect(await cargo2nix(['check', '--host', host], { cwd: workspace })).toMatchObject({ status: 1 })
    })

    test.each([
      ['rustc-link-lib = "m"', 'rustc-link-lib'],
      ['warning = "w"', 'warning'],
      ['rerun-if-changed = ["x"]', 'rerun-if-changed'],
      ['rustc-flags = "-x y"', 'rustc-flags'],
      ['rustc-env = "A=1"', 'rustc-env'],
      ['include = 1', 'include'],
    ])('%s is refused, as by cargo', async (line, key) => {
      writeFileSync(join(workspace, '.cargo', 'config.toml'), `[target.${host}.z]\n${line}\n`)
      expect((await run('cargo', ['metadata', '--offline', '--locked'], { cwd: workspace })).status).not.toBe(
        0,
      )
      const { status, stderr } = await cargo2nix(['generate', '--host', host], { cwd: workspace })
      expect(status).toBe(2)
      expect(stderr).toContain(`\`target.${host}.z.${key}\``)
    })
  },
)
