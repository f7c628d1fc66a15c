/** `interfaces`: libraries start to compile once the metadata of their dependencies is there. Results must not change. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nix, cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { writeFiles } from '../registry.ts'
import { generatedCheckout, removeFolders } from './checkout.ts'
import { differingInterfaces, interfacePairs } from './interface-pairs.ts'
import {
  generated,
  machinePackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'

const missing = await nixIsMissing()
const fixtures = join(import.meta.dirname, '..', '..', 'fixtures')

const member = (name: string, more = ''): string =>
  `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n${more}`
const path = (...names: readonly string[]): string =>
  `[dependencies]\n${names.map((name) => `${name} = { path = "../${name}" }\n`).join('')}`

/** A chain of libraries, each with something that could tell two derivations of it apart. */
const TRAPS = {
  'Cargo.toml': `[workspace]\nmembers = ["written", "macros", "plain", "middle", "over", "static", "app"]\nresolver = "2"\n
[profile.fat]\ninherits = "release"\nlto = "fat"\n`,
  '.cargo/config.toml': '[env]\nPLACE = { value = "not/there/yet", relative = true }\n',
  // its build script writes beside its sources, and reads more than the library
  'written/Cargo.toml': member('written'),
  'written/build.rs':
    'fn main() {\n    std::fs::write("src/made.rs", "pub const MADE: &str = \\"made\\";").unwrap();\n    println!("cargo::rerun-if-changed=build.rs");\n}\n',
  'written/words.txt': 'words',
  'written/src/lib.rs':
    'mod made;\n#[inline]\npub fn written() -> (&\'static str, &\'static str, &\'static str) {\n    (made::MADE, env!("CARGO_MANIFEST_DIR"), include_str!("../words.txt"))\n}\npub fn generic<T: std::fmt::Debug>(t: T) -> String {\n    format!("{t:?} {}", env!("PLACE"))\n}\n',
  'macros/Cargo.toml': member('macros', '[lib]\nproc-macro = true\n' + path('plain')),
  'macros/src/lib.rs':
    '#[proc_macro]\npub fn answer(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    plain::answer().to_string().parse().unwrap()\n}\n',
  'plain/Cargo.toml': member('plain'),
  'plain/src/lib.rs': 'pub fn answer() -> u8 {\n    let unused = 1;\n    42\n}\n',
  'middle/Cargo.toml': member('middle', path('written', 'macros', 'plain')),
  'middle/src/lib.rs':
    'pub fn middle() -> String {\n    format!("{} {} {}", written::generic(plain::answer()), written::written().0, macros::answer!())\n}\n',
  'over/Cargo.toml': member('over', path('middle')),
  'over/src/lib.rs': 'pub fn over() -> String {\n    middle::middle()\n}\n',
  'static/Cargo.toml': member(
    'static',
    '[lib]\nname = "given"\ncrate-type = ["staticlib", "rlib"]\n' + path('middle'),
  ),
  'static/src/lib.rs':
    '#[unsafe(no_mangle)]\npub extern "C" fn length() -> usize {\n    middle::middle().len()\n}\n',
  'app/Cargo.toml': member('app', path('over', 'written')),
  'app/src/main.rs':
    'fn main() {\n    println!("{} {}", over::over(), written::written().2);\n}\n#[test]\nfn runs() {\n    main()\n}\n',
}

describe.skipIf(missing)(`interfaces${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-interfaces-'))
  const traps = join(folder, 'traps')
  let set: PackageSet
  let members: string
  let other: string

  beforeAll(async () => {
    set = await machinePackageSet()
    writeFiles(traps, TRAPS)
    await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: traps })
    await cargo2nixOrFail(['generate'], { cwd: traps })
    members = await generatedCheckout(join(fixtures, 'ten-members'), 'ten-members')
    other = await generatedCheckout(join(fixtures, 'shared-libraries'), 'shared-libraries')
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await removeFolders([members, other])
  })

  const packages = (workspace: string, more: string): string =>
    `builtins.attrValues ${generated(workspace, set, more)}.packages`
  /**
   * Digests of all programs by path, but of those in which C's debug information names the directory of its build: that is
   * another one where what the build script is linked with has another path.
   */
  const programs = async (workspace: string, more: string): Promise<ReadonlyMap<string, string>> => {
    const outputs = await nixBuild(set, packages(workspace, more), [])
    const files = outputs.flatMap((output) =>
      readdirSync(output, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    )
    const digests = files.flatMap((file) => {
      const bytes = readFileSync(file)
      const digest = createHash('sha256').update(bytes).digest('hex')
      return bytes.includes('-build-run-') ? [] : [[file.split('/').slice(4).join('/'), digest] as const]
    })
    expect(digests.length).toBeGreaterThan(0)
    return new Map(digests)
  }

  const cases = [
    ['of release builds', 'traps', ''],
    ['of debug builds', 'traps', 'profile = "dev";'],
    ['of builds with fat LTO', 'traps', 'profile = "fat";'],
    ['of ten members in debug builds', 'members', 'profile = "dev";'],
    ['of shared libraries', 'other', ''],
  ] as const
  for (const [title, name, more] of cases) {
    test(`${title} are the metadata of the libraries, and programs the same as without`, async () => {
      const workspace = { traps, members, other }[name]
      const all = `${more} interfaces = "all";`
      const withInterfaces = await programs(workspace, all)
      const pairs = await interfacePairs(set, packages(workspace, all))
      expect(pairs.length).toBeGreaterThan(name === 'other' ? 0 : 2)
      await runOrFail('nix-store', ['--realise', ...pairs.map(({ library }) => library.drv)], {
        env: set.env,
      })
      expect(differingInterfaces(pairs)).toEqual([])
      expect(withInterfaces).toEqual(await programs(workspace, more))
    })
  }

  const others = [
    ['build-scripts', 'dev'],
    ['build-scripts', 'release'],
    ['chain', 'dev'],
    ['chain', 'release'],
    ['member-sources', 'dev'],
    ['member-sources', 'release'],
    ['python-module', 'dev'],
    ['roles', 'dev'],
    ['roles', 'release'],
    ['what-members-read', 'dev'],
    ['what-members-read', 'release'],
  ] as const
  test.each(others)('of fixture %s, profile %s, are the metadata of the libraries', async (name, profile) => {
    const copy = join(folder, `${name}-${profile}`)
    // as they are, with links
    await runOrFail('cp', ['-R', join(fixtures, name), copy])
    const workspace = name === 'what-members-read' ? join(copy, 'workspace') : copy
    if (name === 'what-members-read')
      writeFiles(workspace, { 'members/included/assets/made.txt': 'Made by a tool\n' })
    await cargo2nixOrFail(['generate'], { cwd: workspace })
    const all = `profile = "${profile}"; interfaces = "all";`
    const pairs = await interfacePairs(set, packages(workspace, all))
    expect(pairs.length).toBeGreaterThan(0)
    const units = pairs.flatMap((pair) => [pair.interface.drv, pair.library.drv])
    await runOrFail('nix-store', ['--realise', ...units], { env: set.env })
    expect(differingInterfaces(pairs)).toEqual([])
  })

  test('interfaces are reproducible', async () => {
    const pairs = await interfacePairs(set, packages(traps, 'interfaces = "all";'))
    const again = pairs.map((pair) => pair.interface.drv)
    await runOrFail('nix-store', ['--realise', '--check', ...again], { env: set.env })
  })

  test('interfaces come first, print no warnings, and programs need the libraries themselves', async () => {
    const salt = `extraRustcFlags = [ "--cfg" "salt${Date.now()}" ]; interfaces = "all";`
    const args = ['--no-out-link', '--max-jobs', '1', '--expr', `${generated(traps, set, salt)}.packages.app`]
    const { stderr } = await runOrFail('nix-build', args, { env: set.env })
    const built = [...stderr.matchAll(/^building '\S*?-(\S+)-1\.0\.0\S*'/gm)].map(([, name]) => name!)
    expect(built.filter((name) => name.startsWith('interface-')).length).toBe(3)
    const at = (name: string): number => built.indexOf(name)
    expect(at('interface-middle')).toBeLessThan(at('opt-lib-middle'))
    expect(at('opt-lib-written')).toBeLessThan(at('program-app'))
    expect(stderr.match(/unused variable/g)).toHaveLength(2)
  })

  test("a failing interface prints rustc's error", async () => {
    const broken = join(folder, 'broken')
    writeFiles(broken, { ...TRAPS, 'plain/src/lib.rs': 'pub fn answer() -> u8 {\n    "no"\n}\n' })
    await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: broken })
    await cargo2nixOrFail(['generate'], { cwd: broken })
    const args = [
      '--no-out-link',
      '--expr',
      `${generated(broken, set, 'interfaces = [ "plain" ];')}.crates."middle-1.0.0".lib`,
    ]
    const { status, stderr } = await run('nix-build', args, { env: set.env })
    expect(status).not.toBe(0)
    expect(stderr).toContain('error[E0308]: mismatched types')
    expect(stderr).toContain('plain/src/lib.rs:2:5')
  })

  test('an interface that differs from its library is named as the cause', async () => {
    const chance = join(folder, 'chance')
    writeFiles(chance, {
      ...TRAPS,
      'macros/src/lib.rs':
        '#[proc_macro]\npub fn answer(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();\n    now.as_nanos().to_string().parse().unwrap()\n}\n',
      'middle/src/lib.rs':
        'pub const WHEN: u128 = macros::answer!();\npub fn middle() -> String {\n    WHEN.to_string()\n}\n',
      'static/Cargo.toml': member('static', '[lib]\nname = "given"\n' + path('middle')),
      'static/src/lib.rs': 'pub fn when() -> u128 {\n    middle::WHEN\n}\n',
      'app/Cargo.toml': member('app', path('middle', 'static')),
      'app/src/main.rs': 'fn main() {\n    println!("{} {}", middle::middle(), given::when());\n}\n',
    })
    await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: chance })
    await cargo2nixOrFail(['generate'], { cwd: chance })
    const args = ['--no-out-link', '--expr', `${generated(chance, set, 'interfaces = "all";')}.packages.app`]
    const { status, stderr } = await run('nix-build', args, { env: set.env })
    expect(status).not.toBe(0)
    expect(stderr).toContain('error[E0460]: found possibly newer version of crate `middle`')
    expect(stderr).toContain('note: the interface of a library differs from the library itself')
  })

  test('a package refers to no interface, and is the same to install', async () => {
    const [output] = await nixBuild(set, `${generated(traps, set, 'interfaces = "all";')}.packages.app`, [])
    const { stdout } = await runOrFail('nix-store', ['--query', '--requisites', output!], { env: set.env })
    expect(stdout).not.toMatch(/-(?:interface|lib|opt-lib)-/)
  })

  test('a cache has interfaces like all units, so that a dependent compiles without their libraries', async () => {
    const edited = join(folder, 'edited')
    writeFiles(edited, TRAPS)
    await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: edited })
    await cargo2nixOrFail(['generate'], { cwd: edited })
    const expression = `${generated(edited, set, 'interfaces = "all";')}.packages.app`
    await nixBuild(set, expression, [])
    const cache = `file://${join(folder, 'cache')}`
    const flags = ['--to', cache, '--expr', expression]
    await cargo2nixOrFail(['cache', 'push', ...flags], { env: set.env })
    const status = await cargo2nix(['cache', 'status', ...flags], { env: set.env })
    expect(status.status, status.stdout).toBe(0)
    const derivations = await cargo2nix(['cache', 'status', ...flags, '--build-deps', '--json'], {
      env: set.env,
    })
    const { lacking } = JSON.parse(derivations.stdout) as { lacking: readonly string[] }
    expect(lacking.join('\n')).toMatch(/-interface-middle-1\.0\.0\.drv$/m)

    writeFiles(edited, { 'middle/src/lib.rs': `${TRAPS['middle/src/lib.rs']}pub fn more() {}\n` })
    const using = ['--option', 'substituters', cache, '--option', 'require-sigs', 'false']
    const { stderr } = await runOrFail(
      'nix-build',
      ['--dry-run', '--store', join(folder, 'second-store'), ...using, '--expr', expression],
      { env: set.env },
    )
    const [, built = ''] = /will be built:\n((?: .*\n)*)/.exec(stderr) ?? []
    const units = built.match(/(?:interface|opt-lib|lib|program|build)-\w+-1\.0\.0/g) ?? []
    // No library waits for `over`, so nobody asks for its interface.
    expect(units.toSorted()).toEqual([
      'interface-middle-1.0.0',
      'opt-lib-middle-1.0.0',
      'opt-lib-over-1.0.0',
      'program-app-1.0.0',
    ])
  })

  test('interfaces are listed by package, and unknown names are refused', async () => {
    const pairs = await interfacePairs(set, packages(traps, 'interfaces = [ "written" ];'))
    expect(pairs.map(({ name }) => name)).toEqual(['interface-written-1.0.0'])
    const args = [
      '--eval',
      '--expr',
      `${generated(traps, set, 'interfaces = [ "wirtten" ];')}.packages.app.drvPath`,
    ]
    const { stderr } = await run('nix-instantiate', args, { env: set.env })
    expect(stderr).toContain('`interfaces` names wirtten, which is not a package of this workspace')
  })

  test('if set to, clippy reads interfaces, and only what runs is compiled', async () => {
    const lints = generated(traps, set, 'clippyInterfaces = true;')
    await nixBuild(set, lints, ['clippy.app'])
    const drv = (await nixEval(set, `${lints}.clippy.app.drvPath`)) as string
    const { stdout } = await runOrFail('nix-store', ['--query', '--requisites', drv], { env: set.env })
    const libraries = [...stdout.matchAll(/^\S*?-((?:interface|lib|opt-lib|build-macro)-\S+)\.drv$/gm)]
    expect(libraries.map(([, name]) => name!.replace('-1.0.0', '')).toSorted()).toEqual([
      'build-macro-macros',
      'interface-middle',
      'interface-over',
      'interface-plain',
      'interface-written',
      'lib-plain',
    ])
  })
})
