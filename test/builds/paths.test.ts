/** Path packages in any place and with any name: Nix's build behaves like cargo's. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Files } from '../folder.ts'
import { cargo2nix, cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { writeFiles } from '../registry.ts'
import { removeFolders } from './checkout.ts'
import { NEWEST_NIX_MISSING, newestNix, withNix } from './newest-nix.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = await nixIsMissing()

const manifest = (name: string, more = ''): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0+b.1"\nedition = "2021"\n${more}`

const named = (name: string): string => `pub const NAME: &str = "${name}";\n`

const long = 'long-name'.repeat(20)

/** In a directory that holds more than the workspace. */
const files: Files = {
  'the workspace/Cargo.toml':
    '[workspace]\nmembers = ["app", "../outer member", "links/linked", "odd/../dots", "größe", "groß", "LONG"]\nresolver = "2"\n'.replace(
      'LONG',
      long,
    ),
  'the workspace/app/Cargo.toml': `${manifest('app')}
[dependencies]
outer = { path = "../../outer member" }
sibling = { path = "../../sibling/ünï lib" }
linked = { path = "../links/linked" }
dots = { path = "../odd/../dots" }
groesse = { path = "../größe" }
quote = { path = "../it's \\"$quoted\\" \${here}" }
`,
  'the workspace/app/src/main.rs': `mod inside;
mod nothing;
fn main() {
    println!("{} {} {} {}", outer::NAME, sibling::NAME, linked::NAME, dots::NAME);
    println!("{} {} {}", groesse::name(), quote::NAME, inside::TEXT);
}
`,
  'the workspace/app/src/inside.rs': 'pub const TEXT: &str = include_str!("linked text.txt");\n',
  'the workspace/texts/real.txt': 'behind a link',
  'the workspace/dots/Cargo.toml': manifest('dots'),
  'the workspace/dots/src/lib.rs': named('dots'),
  'the workspace/größe/Cargo.toml': manifest('groesse', 'build = "bau/skript_ü.rs"\n'),
  'the workspace/größe/bau/skript_ü.rs':
    'fn main() { println!("cargo::rustc-env=B={}", std::fs::read_to_string("ä ö.txt").unwrap()) }\n',
  'the workspace/größe/ä ö.txt': 'bau',
  'the workspace/größe/src/lib.rs':
    '#[path = "größe.rs"]\nmod size;\npub fn name() -> String { format!("größe {} {}", size::X, env!("B")) }\n',
  'the workspace/größe/src/größe.rs': 'pub const X: u8 = 1;\n',
  // Cargo takes any letters in names, as long as rustc is not told them.
  'the workspace/groß/Cargo.toml': manifest('groß'),
  'the workspace/groß/src/main.rs': 'fn main() { println!("{}", env!("CARGO_PKG_NAME")) }\n',
  [`the workspace/${long}/Cargo.toml`]: manifest(long),
  [`the workspace/${long}/src/main.rs`]: 'fn main() { println!("{}", env!("CARGO_PKG_NAME")) }\n',
  'the workspace/groß/tests/prüfung.rs':
    '#[test]\nfn runs() { assert!(std::process::Command::new(env!("CARGO_BIN_EXE_groß")).status().unwrap().success()) }\n',
  'the workspace/it\'s "$quoted" ${here}/Cargo.toml': manifest('quote'),
  'the workspace/it\'s "$quoted" ${here}/src/lib.rs': named('quote'),
  'outer member/Cargo.toml': manifest('outer', 'workspace = "../the workspace"\n'),
  'outer member/src/lib.rs':
    'pub const NAME: &str = concat!("outer ", include_str!("../../some text.txt"));\n',
  'some text.txt': 'text',
  'sibling/ünï lib/Cargo.toml': manifest('sibling', '[lib]\npath = "the src/bibliothèque.rs"\n[workspace]\n'),
  'sibling/ünï lib/the src/bibliothèque.rs': named('sibling'),
  'elsewhere/really linked/Cargo.toml': manifest('linked', 'readme = "../README.md"\n'),
  'elsewhere/really linked/src/lib.rs': named('linked'),
  'elsewhere/README.md': '',
}

describe.skipIf(missing)(`paths${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  let folder = ''
  let workspace = ''
  let env: NodeJS.ProcessEnv = {}
  let set: PackageSet

  beforeAll(async () => {
    folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-paths-'))), 'größere Ordner')
    workspace = join(folder, 'the workspace')
    writeFiles(folder, files)
    mkdirSync(join(workspace, 'links'))
    symlinkSync('../../elsewhere/really linked', join(workspace, 'links/linked'))
    symlinkSync('../../texts/real.txt', join(workspace, 'app/src/linked text.txt'))
    symlinkSync('/dev/null', join(workspace, 'app/src/nothing.rs'))
    env = { ...process.env, CARGO_TARGET_DIR: join(folder, 'target') }
    set = await machinePackageSet()
    await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: workspace, env })
    await cargo2nixOrFail(['generate'], { cwd: workspace, env })
  })
  afterAll(() => removeFolders([folder]))

  const build = (attributes: readonly string[]): Promise<string[]> =>
    nixBuild(set, generated(workspace, set), attributes)

  test.for(['app', 'groß', long])('the program %s does what it does with cargo', async (name) => {
    const [output] = await build([`packages."${name}"`])
    const cargo = ['run', '--quiet', '--locked', '--offline', '--package', name]
    const expected = await runOrFail('cargo', cargo, { cwd: workspace, env })
    expect(await run(`${output}/bin/${name}`, [])).toEqual(expected)
  })

  test('tests of members with such paths and names', async () => {
    await build(['tests.outer', 'tests.linked', 'tests."groß"'])
  })

  test('the newest Nix makes the same derivations', async ({ skip }) => {
    const newest = newestNix()
    if (newest === undefined) skip(NEWEST_NIX_MISSING)
    const derivations = async (env: NodeJS.ProcessEnv): Promise<string> => {
      const args = ['--expr', generated(workspace, set), '--attr', 'packages', '--attr', 'tests']
      return (await runOrFail('nix-instantiate', args, { env })).stdout
    }
    expect(await derivations(withNix(set.env, newest))).toBe(await derivations(set.env))
  })

  test('a link of a member that leads elsewhere is noticed by check', async () => {
    const link = join(workspace, 'links/linked')
    writeFiles(folder, {
      'second/Cargo.toml': manifest('linked', 'readme = "../README.md"\n'),
      'second/src/lib.rs': named('second'),
    })
    rmSync(link)
    symlinkSync('../../second', link)
    expect((await cargo2nix(['check'], { cwd: workspace, env })).status).toBe(1)
    rmSync(link)
    symlinkSync('../../elsewhere/really linked', link)
    expect((await cargo2nix(['check'], { cwd: workspace, env })).status).toBe(0)
  })

  test('a link to a place that only this machine has is refused', async () => {
    const link = join(workspace, 'dots/src/private.txt')
    symlinkSync(join(folder, 'some text.txt'), link)
    await expect(build(['crates."dots-0.1.0+b.1".lib'])).rejects.toThrow(/src\/private\.txt is a link to \//)
    rmSync(link)
  })
})
