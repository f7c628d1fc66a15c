/** Registries besides crates.io: Nix downloads the same as cargo from the same place, and the token stays secret. */
import {
  mkdirSync,
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nix, cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { git, registry, writeFiles } from '../registry.ts'
import {
  packageArchive,
  registryServer,
  type RegistryServer,
  type ServedPackage,
} from '../registry-server.ts'
import {
  generated,
  machinePackageSet,
  mainPackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'

const missing = await nixIsMissing()
const noNixpkgs = existsSync(join(import.meta.dirname, '..', '..', '..', 'shared', 'nixpkgs', 'setup'))
  ? undefined
  : 'no nixpkgs beside the project'
const why = noNixpkgs === undefined ? '' : ` (skipped: ${noNixpkgs})`

const library = (name: string, version = '1.2.3-rc.4+build'): ServedPackage =>
  packageArchive(name, version, {
    'Cargo.toml': `[package]\nname = "${name}"\nversion = "${version}"\nedition = "2021"\n`,
    // New in every run, so that no store has it.
    'src/lib.rs': `pub const NAME: &str = "${name}";\npub const MADE: u128 = ${Date.now()};\n`,
  })

const TOKEN = `Bearer-${Date.now()}-not-for-the-store`
const TEMPLATES = [
  'dl',
  'dl/{crate}-{version}.crate',
  'dl/{prefix}/{crate}/{version}',
  'dl/{lowerprefix}/{crate}_{version}',
  'dl/by-checksum/{sha256-checksum}',
  'dl/{lowerprefix}/{prefix}/{crate}/{version}/{sha256-checksum}.crate',
]

/** The header that cargo sends, from a variable of who builds: neither in the derivation nor in the store. */
const WITH_TOKEN = `fetchCrateArgs = { registry, ... }: if registry == null then { } else {
  netrcPhase = ''
    printf 'header = "Authorization: %s"\\n' "$CARGO_REGISTRIES_PRIVATE_TOKEN" >curlrc
    : >netrc
  '';
  netrcImpureEnvVars = [ "CARGO_REGISTRIES_PRIVATE_TOKEN" ];
  curlOptsList = [ "--config" "curlrc" ];
};`

describe.skipIf(missing)(`registries${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  let set: PackageSet
  let server: RegistryServer
  let folder: string
  let packages: readonly ServedPackage[]
  const names = TEMPLATES.map((_, index) => `mine-${index}`)

  beforeAll(async () => {
    set = await machinePackageSet()
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-registries-')))
    packages = ['a', 'bC', 'Cde', 'Leafy_Thing-x'].map((name) => library(name))
    const served = TEMPLATES.map((dl, index) => [names[index]!, { dl, packages }] as const)
    const secret = {
      dl: 'dl',
      token: TOKEN,
      packages: [library('secret', '0.1.0'), library('other', '0.1.0')],
    }
    const basic = { dl: 'dl', token: `Basic ${btoa('jo:hunter2')}`, packages: [library('locked', '0.1.0')] }
    const leaky = { dl: 'dl', login: 'jo:hunter2', packages }
    server = await registryServer({ ...Object.fromEntries(served), private: secret, basic, leaky })
  })
  afterAll(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })

  /** A workspace with its lockfile, made by cargo in a home of its own. */
  const workspace = async (
    name: string,
    dependencies: string,
    config: string,
    more: NodeJS.ProcessEnv = {},
  ): Promise<{ cwd: string; env: NodeJS.ProcessEnv }> => {
    const cwd = join(folder, name)
    writeFiles(cwd, {
      'Cargo.toml': `[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n${dependencies}`,
      'src/main.rs': 'fn main() {}\n',
      '.cargo/config.toml': config,
    })
    const env = { ...set.env, CARGO_HOME: join(folder, `${name}-home`), ...more }
    await runOrFail('cargo', ['generate-lockfile'], { cwd, env })
    return { cwd, env }
  }
  const table = (name: string, index: string): string => `[registries.${name}]\nindex = "${index}"\n`
  const nix = (cwd: string): string => readFileSync(join(cwd, 'nix', 'Cargo.nix'), 'utf8')

  test('every template of downloads, and registries named by variables', async () => {
    const dependencies = names.flatMap((registry, index) =>
      packages.map(
        ({ name }) =>
          `d${index}-${name} = { package = "${name}", version = "1.2.3-rc.4", registry = "${registry}" }\n`,
      ),
    )
    const [first = '', ...others] = names
    const config = others.map((name) => table(name, server.indexOf(name))).join('')
    const variable = {
      [`CARGO_REGISTRIES_${first.toUpperCase().replace('-', '_')}_INDEX`]: server.indexOf(first),
    }
    const { cwd, env } = await workspace('templates', dependencies.join(''), config, variable)
    const before = server.downloads.length
    await cargo2nixOrFail(['generate'], { cwd, env })
    const cargos = server.downloads.slice(before).map((path) => `${server.url}${path}`)
    expect(cargos.length).toBe(TEMPLATES.length * packages.length)
    // A package is known by its name alone, too, where that is locked once.
    const named =
      'let named = crates: removeAttrs crates (builtins.filter (name: builtins.match ".*-[0-9].*" name == null) (builtins.attrNames crates)); in '
    const urls = `${named}map (c: c.src.archive.url) (builtins.attrValues (removeAttrs (named ${generated(cwd, set)}.crates) [ "app-0.1.0" ]))`
    expect(((await nixEval(set, urls)) as string[]).sort()).toEqual(cargos.sort())
  })

  test('`vendor` has packages of several registries, and those of platforms that no build is for', async () => {
    const [one = '', other = ''] = names
    const dependencies = `a = { version = "1.2.3-rc.4", registry = "${one}" }
b = { package = "a", version = "1.2.3-rc.4", registry = "${other}" }
[target.'cfg(target_os = "hermit")'.dependencies]
Cde = { version = "1.2.3-rc.4", registry = "${one}" }
`
    const config = table(one, server.indexOf(one)) + table(other, server.indexOf(other))
    const { cwd, env } = await workspace('vendored-by-nix', dependencies, config)
    writeFiles(cwd, { 'src/main.rs': 'fn main() { assert_eq!(a::NAME, b::NAME) }\n' })
    await cargo2nixOrFail(['generate'], { cwd, env })
    expect(nix(cwd)).not.toContain('Cde')
    const [vendor] = await nixBuild({ ...set, env }, generated(cwd, set), ['vendor'])
    const home = join(folder, 'home-of-vendor')
    writeFiles(home, { 'config.toml': readFileSync(`${vendor}/config.toml`, 'utf8') })
    const before = server.downloads.length
    const offline = { ...env, CARGO_HOME: home, CARGO_TARGET_DIR: join(folder, 'target-of-vendor') }
    await runOrFail('cargo', ['run', '--locked', '--offline'], { cwd, env: offline })
    expect(server.downloads.length).toBe(before)
  })

  test('a token is nowhere but in the request', async () => {
    const providers = '[registry]\nglobal-credential-providers = ["cargo:token"]\n'
    const config = `${table('private', server.indexOf('private'))}${providers}`
    const token = { CARGO_REGISTRIES_PRIVATE_TOKEN: TOKEN }
    const { cwd, env } = await workspace(
      'auth',
      'secret = { version = "0.1", registry = "private" }\n',
      config,
      token,
    )
    await cargo2nixOrFail(['generate'], { cwd, env })
    expect(nix(cwd)).toContain(`registry = "${server.url}/private/dl";`)
    const expression = `${generated(cwd, set, WITH_TOKEN)}.crates."secret-0.1.0".src`
    const refused = await run('nix-build', ['--no-out-link', '--expr', expression], { env: set.env })
    expect(refused.status).not.toBe(0)
    expect(refused.stderr).toContain('401')
    const [source] = await nixBuild({ ...set, env }, expression, [])
    expect(readFileSync(`${source}/src/lib.rs`, 'utf8')).toContain('NAME: &str = "secret"')
    const { stdout } = await runOrFail('nix-instantiate', ['--expr', expression], { env: set.env })
    const closure = await runOrFail('nix-store', ['--query', '--requisites', stdout.trim()], { env: set.env })
    const texts = closure.stdout
      .trim()
      .split('\n')
      .filter((path) => path.endsWith('.drv'))
    expect(texts.length).toBeGreaterThan(1)
    const all = [
      ...texts,
      ...readdirSync(join(cwd, 'nix'), { withFileTypes: true })
        .filter((file) => file.isFile())
        .map(({ name }) => join(cwd, 'nix', name)),
    ]
    expect(all.filter((path) => readFileSync(path, 'utf8').includes(TOKEN))).toEqual([])
  })

  test('netrc sets a user name and a password', async () => {
    const config = `${table('basic', server.indexOf('basic'))}[registry]\nglobal-credential-providers = ["cargo:token"]\n`
    const token = { CARGO_REGISTRIES_BASIC_TOKEN: `Basic ${btoa('jo:hunter2')}` }
    const dependency = 'locked = { version = "0.1", registry = "basic" }\n'
    const { cwd, env } = await workspace('netrc', dependency, config, token)
    await cargo2nixOrFail(['generate'], { cwd, env })
    const netrc = `fetchCrateArgs = { registry, ... }: {
      netrcPhase = ''echo "machine 127.0.0.1 login jo password $REGISTRY_PASSWORD" >netrc'';
      netrcImpureEnvVars = [ "REGISTRY_PASSWORD" ];
    };`
    const expression = `${generated(cwd, set, netrc)}.crates."locked-0.1.0".src`
    const wrong = { ...set.env, REGISTRY_PASSWORD: 'other' }
    const refused = await run('nix-build', ['--no-out-link', '--expr', expression], { env: wrong })
    expect([refused.status === 0, refused.stderr]).toEqual([false, expect.stringContaining('401')])
    const own = { ...set, env: { ...set.env, REGISTRY_PASSWORD: 'hunter2' } }
    const [source] = await nixBuild(own, expression, [])
    expect(readFileSync(`${source}/src/lib.rs`, 'utf8')).toContain('NAME: &str = "locked"')
  })

  test.skipIf(noNixpkgs !== undefined)(`the same with nixpkgs' own fetchurl${why}`, async () => {
    const nixpkgs = await mainPackageSet()
    const providers = '[registry]\nglobal-credential-providers = ["cargo:token"]\n'
    const config = `${table('private', server.indexOf('private'))}${providers}`
    const token = { CARGO_REGISTRIES_PRIVATE_TOKEN: TOKEN }
    const dependency = 'other = { version = "0.1", registry = "private" }\n'
    const { cwd, env } = await workspace('auth-nixpkgs', dependency, config, token)
    await cargo2nixOrFail(['generate'], { cwd, env })
    // Its curl would have to be built, or fetched.
    const expression = `let
      pkgs = ${nixpkgs.expression};
      curl = pkgs.runCommand "curl" { } "mkdir -p $out/bin; ln -s $(type -P curl || echo /usr/bin/curl) $out/bin/curl";
      buildPackages = pkgs.buildPackages // { fetchurl = (import (pkgs.path + "/pkgs/build-support/fetchurl")) {
        inherit (pkgs) lib buildPackages stdenvNoCC; inherit curl; cacert = null;
      }; };
    in ${generated(cwd, { ...nixpkgs, expression: 'pkgs // { inherit buildPackages; }' }, WITH_TOKEN)}.crates."other-0.1.0".src`
    const refused = await run('nix-build', ['--no-out-link', '--expr', expression], { env: nixpkgs.env })
    expect(refused.status).not.toBe(0)
    expect(refused.stderr).toContain('401')
    const [source] = await nixBuild({ ...nixpkgs, env: { ...nixpkgs.env, ...token } }, expression, [])
    expect(readFileSync(`${source}/src/lib.rs`, 'utf8')).toContain('NAME: &str = "other"')
  })

  test('credentials in `dl` are refused, and a setting can say it without', async () => {
    const index = server.indexOf('leaky').replace('//', '//jo@')
    const dependency = 'b = { package = "bC", version = "1.2.3-rc.4", registry = "leaky" }\n'
    const { cwd, env } = await workspace('leaky', dependency, table('leaky', index))
    const { status, stderr } = await cargo2nix(['generate'], { cwd, env })
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/Cargo\.toml: .*`bC 1\.2\.3.*\nhint: .*netrc/),
    ])
    expect(stderr).not.toContain('hunter2')
    const setting = /(\[workspace\.metadata\S+\]) ("\S+" = )/.exec(stderr)!
    const plain = `${server.url}/leaky/dl`
    const manifest = readFileSync(join(cwd, 'Cargo.toml'), 'utf8')
    writeFiles(cwd, { 'Cargo.toml': `${manifest}[workspace]\n${setting[1]}\n${setting[2]}"${plain}"\n` })
    await cargo2nixOrFail(['generate'], { cwd, env })
    expect(nix(cwd)).toContain(`registry = "${plain}";`)
    expect(nix(cwd)).not.toMatch(/hunter2|jo@/)
  })

  test("a registry's index may be in a git repository", async () => {
    const home = join(folder, 'publishing')
    const published = registry(join(folder, 'git-index'), home)
    published.publish(
      {
        'Cargo.toml':
          '[package]\nname = "twig"\nversion = "0.3.0"\nedition = "2021"\nlicense = "MIT"\ndescription = "x"\n',
        'src/lib.rs': 'pub const NAME: &str = "twig";\n',
      },
      'twig',
      '0.3.0',
    )
    const config = table('files', published.index)
    const { cwd, env } = await workspace('index', 'twig = { version = "0.3", registry = "files" }\n', config)
    await cargo2nixOrFail(['generate'], { cwd, env })
    expect(nix(cwd)).toContain(`registry = "file://${published.folder}/{crate}-{version}.crate";`)
    const [source] = await nixBuild(set, `${generated(cwd, set)}.crates."twig-0.3.0".src`, [])
    expect(readFileSync(`${source}/src/lib.rs`, 'utf8')).toContain('"twig"')
  })

  test('a mirror: the registry itself is named, as the setting has it where cargo never asked it', async () => {
    const [, original = '', mirror = ''] = names
    const replaced = `[source.original]\nregistry = "${server.indexOf(original)}"\nreplace-with = "mirror"\n[source.mirror]\nregistry = "${server.indexOf(mirror)}"\n`
    const config = `${table('original', server.indexOf(original))}${replaced}`
    const { cwd, env } = await workspace(
      'mirror',
      'bC = { version = "1.2.3-rc.4", registry = "original" }\n',
      config,
    )
    const refused = await cargo2nix(['generate'], { cwd, env })
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`the registry ${server.indexOf(original)} has`),
    })
    const manifest = join(cwd, 'Cargo.toml')
    const setting = `[workspace.metadata.cargo2nix.registries]\n"${server.indexOf(original)}" = "${server.url}/${original}/{crate}-{version}.crate"\n`
    writeFiles(cwd, { 'Cargo.toml': `${readFileSync(manifest, 'utf8')}[workspace]\n${setting}` })
    await cargo2nixOrFail(['generate'], { cwd, env })
    expect(nix(cwd)).toContain(`registry = "${server.url}/${original}/{crate}-{version}.crate";`)
    expect(nix(cwd)).not.toContain(mirror)
    const fromMirror = `fetchCrateArgs = { pname, version, ... }: { url = "${server.url}/${mirror}/dl/\${pname}-\${version}"; };`
    const [source] = await nixBuild(
      set,
      `${generated(cwd, set, fromMirror)}.crates."bC-1.2.3-rc.4+build".src`,
      [],
    )
    expect(readFileSync(`${source}/src/lib.rs`, 'utf8')).toContain('"bC"')
    expect(server.downloads.at(-1)).toBe(`/${mirror}/dl/bC-1.2.3-rc.4+build`)
  })

  test.each(['directory', 'local-registry'])('packages come from a %s in the workspace', async (kind) => {
    const [first = ''] = names
    const config = table(first, server.indexOf(first))
    const dependency = `a = { version = "1.2.3-rc.4", registry = "${first}" }\n`
    const { cwd, env } = await workspace(kind, dependency, config)
    writeFiles(cwd, { 'src/main.rs': 'fn main() {\n    println!("{}", a::NAME);\n}\n' })
    const replaced = (place: string): string =>
      `${config}[source.first]\nregistry = "${server.indexOf(first)}"\nreplace-with = "copy"\n[source.copy]\n${kind} = "${place}"\n`
    if (kind === 'directory') {
      await runOrFail('cargo', ['vendor', '--locked', 'third party'], { cwd, env })
      // As people patch: the file and its checksum.
      const sums = join(cwd, 'third party', 'a', '.cargo-checksum.json')
      const { package: sum } = JSON.parse(readFileSync(sums, 'utf8')) as { package: string }
      writeFiles(cwd, {
        'third party/a/src/lib.rs': 'pub const NAME: &str = "patched";\n',
        'third party/a/.cargo-checksum.json': JSON.stringify({ package: sum, files: {} }),
      })
    } else {
      const index = JSON.stringify({
        name: 'a',
        vers: packages[0]!.version,
        deps: [],
        cksum: packages[0]!.checksum,
        features: {},
        yanked: false,
      })
      writeFiles(cwd, { 'third party/index/1/a': `${index}\n` })
      const { writeFileSync } = await import('node:fs')
      writeFileSync(join(cwd, 'third party', `a-${packages[0]!.version}.crate`), packages[0]!.archive)
    }
    writeFiles(cwd, { '.cargo/config.toml': replaced('third party') })
    const home = { ...env, CARGO_HOME: join(folder, `${kind}-empty-home`) }
    const cargos = await runOrFail('cargo', ['run', '--locked', '--offline'], { cwd, env: home })
    await cargo2nixOrFail(['generate', '--offline'], { cwd, env: home })
    expect(nix(cwd)).toMatch(
      kind === 'directory'
        ? /vendored = "third party\/a";/
        : /archive = "third party\/a-1\.2\.3-rc\.4\+build\.crate";/,
    )
    const [output] = await nixBuild(set, generated(cwd, set), ['packages.app'])
    const said = await runOrFail(`${output}/bin/app`, [])
    expect(said.stdout).toBe(cargos.stdout)
    expect(await cargo2nix(['check'], { cwd, env: home })).toMatchObject({
      status: 0,
      stdout: 'nix is up to date\n',
    })
    const changed = join(cwd, 'third party', 'a', 'Cargo.toml')
    if (kind !== 'directory') return
    writeFiles(cwd, { 'third party/a/Cargo.toml': `${readFileSync(changed, 'utf8')}[features]\nmore = []\n` })
    expect((await cargo2nix(['check'], { cwd, env: home })).status).toBe(1)
    const sums = join(cwd, 'third party', 'a', '.cargo-checksum.json')
    const other = '0'.repeat(64)
    writeFiles(cwd, { 'third party/a/.cargo-checksum.json': JSON.stringify({ package: other, files: {} }) })
    const refused = await cargo2nix(['generate'], { cwd, env: home })
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining(packages[0]!.checksum) })
    expect(refused.stderr).toContain(`error: ${sums}: `)
    expect(refused.stderr).toContain(other)
    expect((await run('cargo', ['fetch', '--locked', '--offline'], { cwd, env: home })).status).not.toBe(0)
  })

  test('a folder above the workspace that the settings name, behind two replacements and an included file', async () => {
    const above = join(folder, 'project')
    const cwd = join(above, 'workspace')
    const chain = `[source.crates-io]
replace-with = "mirror"
[source.mirror]
registry = "https://example.org/index"
replace-with = "copy"
[source.copy]
directory = "../../third party"
`
    // Configuration above the workspace counts if it is in the same repository.
    mkdirSync(above, { recursive: true })
    git(above, 'init', '--quiet')
    writeFiles(above, {
      '.cargo/config.toml': 'include = ["../tools/cargo/deep/sources.toml"]\n',
      'tools/cargo/deep/sources.toml': chain,
      'third party/leaf/Cargo.toml': '[package]\nname = "leaf"\nversion = "1.0.0"\nedition = "2021"\n',
      'third party/leaf/src/lib.rs': 'pub const NAME: &str = "changed by us";\n',
      'third party/leaf/.cargo-checksum.json': JSON.stringify({ package: '7'.repeat(64), files: {} }),
      'workspace/Cargo.toml':
        '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nleaf = "1"\n',
      'workspace/src/main.rs': 'fn main() {\n    println!("{}", leaf::NAME);\n}\n',
    })
    const home = join(folder, 'a home of cargo')
    const env = { ...set.env, CARGO_HOME: home }
    const cargos = await runOrFail('cargo', ['run', '--quiet'], { cwd, env })
    expect(cargos.stdout).toBe('changed by us\n')
    const { stderr } = await cargo2nixOrFail(['generate'], { cwd, env })
    const setting = 'vendored = "../third party"'
    expect(stderr).toContain(setting)
    expect(nix(cwd)).toContain(` ${'7'.repeat(64)}";`)
    expect(nix(cwd)).not.toContain('third party')
    appendFileSync(join(cwd, 'Cargo.toml'), `[package.metadata.cargo2nix]\n${setting}\n`)
    expect((await cargo2nixOrFail(['generate'], { cwd, env })).stderr).not.toContain('third party')
    expect(nix(cwd)).toContain('vendored = "../third party/leaf";')
    const [output] = await nixBuild(set, generated(cwd, set), ['packages.app'])
    expect((await runOrFail(`${output}/bin/app`, [])).stdout).toBe(cargos.stdout)
    writeFiles(above, { 'third party/leaf/build.rs': 'fn main() {}\n' })
    writeFiles(above, {
      'third party/leaf/Cargo.toml':
        '[package]\nname = "leaf"\nversion = "1.0.0"\nedition = "2021"\nbuild = "build.rs"\n',
    })
    expect((await cargo2nix(['check'], { cwd, env })).status).toBe(1)
  })
})
