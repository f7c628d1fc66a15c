/**
 * `contentAddressed = true`: an unchanged output rebuilds nothing above it. The edits are made one after the other, and
 * Nix reports what it builds.
 */
import { randomUUID } from 'node:crypto'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { checkout, emptyFolder, removeFolders } from './checkout.ts'
import { NEWEST_NIX_MISSING, newestNix, withNix } from './newest-nix.ts'
import { generated, machinePackageSet, nixIsMissing } from './package-set.ts'

const root = join(import.meta.dirname, '..', '..')
const noNix = (await nixIsMissing()) ? 'no nix-build on this machine' : undefined
const folder = newestNix()
const nixes = [
  { name: 'the installed Nix', folder: undefined, missing: noNix },
  {
    name: 'the newest Nix',
    folder,
    missing: noNix ?? (folder === undefined ? NEWEST_NIX_MISSING : undefined),
  },
]

for (const nix of nixes) {
  const { missing } = nix
  const why = missing === undefined ? '' : ` (skipped: ${missing})`
  describe.skipIf(missing !== undefined)(`early cut-off with ${nix.name}${why}`, () => {
    let workspace: string
    let env: NodeJS.ProcessEnv
    let expression: string

    beforeAll(async () => {
      const set = await machinePackageSet()
      const features = `${set.env['NIX_CONFIG'] ?? ''}\nexperimental-features = ca-derivations\n`
      env = withNix({ ...set.env, NIX_CONFIG: features }, nix.folder)
      workspace = await checkout(join(root, 'fixtures', 'chain'), 'chain')
      await appendFile(join(workspace, 'base', 'src', 'lib.rs'), `\npub const MADE: u128 = ${Date.now()};\n`)
      await cargo2nixOrFail(['generate'], { cwd: workspace })
      expression = `${generated(workspace, set, 'contentAddressed = true;')}.packages.tool`
      expect(await built()).toEqual(
        expect.arrayContaining(['opt-lib-base-0.1.0', 'program-tool-0.1.0-bin-tool']),
      )
    })
    afterAll(() => removeFolders([workspace]))

    /** Builds, and answers with the derivations that were built, without sources, sorted. */
    const built = async (): Promise<readonly string[]> => {
      const { stderr, stdout } = await runOrFail('nix-build', ['--no-out-link', '--expr', expression], {
        env,
      })
      expect((await runOrFail(`${stdout.trim()}/bin/tool`, [])).stdout).toBe('HELLO, WORLD\n')
      const names = [...stderr.matchAll(/^building '\S*?-(\S+)\.drv'/gm)].map(([, name]) => name!)
      return names.filter((name) => !name.endsWith('-src')).sort()
    }
    const edit = async (path: string, from: string, to: string): Promise<void> => {
      const file = join(workspace, path)
      const text = await readFile(file, 'utf8')
      if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
      await writeFile(
        file,
        text.replace(from, () => to),
      )
    }
    // A build script may read any file of its package, so it is run again.
    const script = ['build-script-base-0.1.0', 'build-run-base-0.1.0']

    test('nothing is built twice', async () => {
      expect(await built()).toEqual([])
    })

    test.each([
      ['a longer comment', 'base/src/lib.rs', '// What everybody needs.', '// What everybody here needs.'],
      ['a comment behind code', 'base/src/lib.rs', '-> String {', '-> String { // so it is'],
      ['a comment where nothing was', 'base/src/lib.rs', '\n\npub const', '\n/* now */\npub const'],
    ])('%s of the base rebuilds the base only', async (_, path, from, to) => {
      await edit(path, from, to)
      expect(script).toEqual(expect.arrayContaining([...(await built())]))
    })

    test('a comment of a package without build script rebuilds nothing', async () => {
      await appendFile(join(workspace, 'middle', 'src', 'lib.rs'), '// That was all.\n')
      expect(await built()).toEqual([])
    })

    test('a build script that prints the same again rebuilds no dependents', async () => {
      await edit('base/build.rs', 'fn main() {', `fn main() {\n    let _ = "${randomUUID()}";`)
      const names = await built()
      expect(names).toEqual(expect.arrayContaining(script))
      expect(names).not.toContain('opt-lib-middle-0.1.0')
    })

    test('moved lines and documentation rebuild dependents', async () => {
      await edit('base/src/lib.rs', 'pub fn shout', '// One line more.\npub fn shout')
      expect(await built()).toEqual(expect.arrayContaining(['opt-lib-base-0.1.0', 'opt-lib-middle-0.1.0']))
      await edit('base/src/lib.rs', '// One line more.', '/// Is loud.')
      expect(await built()).toEqual(expect.arrayContaining(['opt-lib-base-0.1.0', 'opt-lib-middle-0.1.0']))
    })
  })
}

describe('comments', () => {
  const awk = ['-f', join(root, 'templates', 'sources', 'drop-comments.awk')]
  const dropped = async (text: string): Promise<string> =>
    (await runOrFail('awk', awk, { input: text, env: { ...process.env, LC_ALL: 'C' } })).stdout

  const code = `#![allow(dead_code, unused)] // plain: ' " /* not one
//! Documentation // stays.
/// And this /* too.
//// Not this.
/** This, with a " */ fn a<'a>(x: &'a str) -> char { '"' } // trailing
/* block /* nested " */ still */ fn b() -> &'static str { "http://x /* no */ \\" // no" }
fn c() -> &'static str { r#"raw " // no "# } /* é */ fn d() -> char { '\\'' } // x
fn e() -> String { format!("several lines // stay   
  // this, too   
{}", 1) } // dropped
/***/ fn f() {} /**/ fn g() -> u8 { b'"' } // 'x'
/* one
   two */ fn h() -> (char, char, &'static [u8], &'static str) { ('é', '\\u{41}', b"//", r"\\") } // gone
fn k<'b, 'c>(_: &'b str, _: &'c str) -> u32 { line!() + /* é */ column!() }
macro_rules! text { ($($t:tt)*) => { stringify!($($t)*) } }
fn r#fn() -> &'static str { text!('a // b
  "c" /* d */ e r"f" br##"g"# // "##) }
fn main() {
    let raw = r##"//
"# // "##;
    println!("{} {} {} {} {} {} {:?} {} {} {}", a(""), b(), c(), d(), e(), g(), h(), k("", ""), r#fn(), raw);
    None::<u8>.unwrap(); // with its line and column
}
// 'end
/* and more */
`

  test('rustc generates the same code with and without comments', async () => {
    const program = async (text: string): Promise<Buffer> => {
      const place = await emptyFolder()
      await writeFile(join(place, 'main.rs'), text)
      const args = [
        '--crate-name',
        'main',
        '--edition=2021',
        '-Copt-level=1',
        '--remap-path-prefix',
        `${place}=.`,
      ]
      await runOrFail('rustc', [...args, 'main.rs'], { cwd: place })
      const bytes = await readFile(join(place, 'main'))
      const { stderr } = await run(join(place, 'main'), [])
      expect(stderr).toContain('panicked')
      await removeFolders([place])
      return bytes
    }
    const without = await dropped(code)
    expect(without).not.toMatch(/plain|trailing|nested|dropped|gone|end|and more|é \*/)
    expect(without).toMatch(/stays[^]*too[^]*This, with[^]*several lines[^]*this, too/)
    expect((await program(without)).equals(await program(code))).toBe(true)
  })

  test('the text of comments makes no difference, nor does dropping them twice', async () => {
    const without = await dropped(code)
    expect(await dropped(without)).toBe(without)
    expect(await dropped(code.replaceAll(/plain|trailing|dropped|gone|end|more/g, 'another'))).toBe(without)
  })

  test.each(['fn main() { "open }\n', '/* open\n', 'r#"open"\n'])(
    'what is no Rust is left alone: %j',
    async (text) => {
      const { status } = await run('awk', awk, { input: text, env: { ...process.env, LC_ALL: 'C' } })
      expect(status).toBe(1)
    },
  )
})
