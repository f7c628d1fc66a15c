/** `fmt`, `audit` and `deny`: checks of the whole workspace, by rustfmt, cargo-audit and cargo-deny. */
import { rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import {
  generated,
  machinePackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'

const templates = join(import.meta.dirname, '..', '..', 'nix', 'templates')
const isMissing = await nixIsMissing()
const onPath = async (name: string): Promise<string | undefined> => {
  const { status, stdout } = await run('sh', ['-c', `command -v ${name}`])
  return status === 0 ? stdout.trim() : undefined
}
const rustfmt = await onPath('cargo-fmt')

const member = (name: string, edition: string, more = ''): string =>
  `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "${edition}"\nlicense = "MIT"\n${more}`

const FILES = {
  'Cargo.toml': '[workspace]\nmembers = ["one", "deep/two", "../beside"]\nresolver = "3"\n',
  '.gitignore': 'ignored\n',
  'ignored/wrong.rs': 'fn   main( ) {}\n',
  'one/Cargo.toml': member('one', '2018', '[dependencies]\ncfg-if = "=1.0.4"\n'),
  'one/build.rs': 'fn main() {}\n',
  'one/src/lib.rs': '#[path = "../../shared/code.rs"]\nmod code;\n\npub use code::one;\n',
  'one/tests/long.rs': '#[test]\nfn one() {}\n',
  'shared/code.rs': 'pub fn one() {}\n',
  'deep/two/Cargo.toml': member(
    'two',
    '2024',
    '[[bin]]\nname = "gated"\nrequired-features = ["off"]\n[features]\noff = []\n',
  ),
  'deep/two/rustfmt.toml': 'hard_tabs = true\n',
  'deep/two/src/main.rs': 'fn main() {\n\tlet _ = 1;\n}\n',
  'deep/two/src/bin/gated.rs': 'fn main() {\n\tlet _ = 2;\n}\n',
  'deny.toml': '[licenses]\nallow = ["MIT", "Apache-2.0"]\n',
  '.cargo/audit.toml': '[yanked]\nenabled = false\n',
}

/** What makes the code of one file wrong: in each place that rustfmt has to look at. */
const WRONG: readonly (readonly [string, string])[] = [
  ['one/build.rs', 'fn main( ) {}\n'],
  ['one/src/lib.rs', 'mod  absent_not { }\n'],
  ['one/tests/long.rs', '#[test]\nfn   one() {}\n'],
  ['shared/code.rs', 'pub fn one() { }\n'],
  ['deep/two/src/main.rs', 'fn main() {\n    let _ = 1;\n}\n'],
  ['deep/two/src/bin/gated.rs', 'fn main() {\n    let _ = 2;\n}\n'],
  ['../beside/src/lib.rs', 'pub fn three(){}\n'],
]

const ADVISORY = `\`\`\`toml
[advisory]
id = "RUSTSEC-2099-0001"
package = "cfg-if"
date = "2099-01-01"
url = "https://example.org/"
[versions]
patched = [">= 1.0.5"]
\`\`\`

# A hole in cfg-if

There is none.
`

describe.skipIf(isMissing)(`checks of a workspace${isMissing ? ' (skipped: no nix-build)' : ''}`, () => {
  let folder: string
  let workspace: string
  let set: PackageSet

  beforeAll(async () => {
    folder = folderWith({
      ...Object.fromEntries(Object.entries(FILES).map(([path, text]) => [`workspace/${path}`, text])),
      'beside/Cargo.toml': member('beside', '2021', 'workspace = "../workspace"\n'),
      'beside/src/lib.rs': 'pub fn three() {}\n',
      'advisories/crates/cfg-if/RUSTSEC-2099-0001.md': ADVISORY,
      'none/crates/other/RUSTSEC-2099-0001.md': ADVISORY.replaceAll('cfg-if', 'other'),
    })
    workspace = join(folder, 'workspace')
    const machine = await machinePackageSet()
    set = { ...machine, expression: await withAuditors(machine.expression) }
    await runOrFail('cargo', ['generate-lockfile'], { cwd: workspace })
    await runOrFail('cargo', ['fetch', '--locked'], { cwd: workspace })
    await cargo2nixOrFail(['generate'], { cwd: workspace })
  })
  afterAll(() => isMissing || rmSync(folder, { recursive: true, force: true }))

  const build = (attribute: string): Promise<string> => {
    const [name, ...rest] = attribute.split(' ')
    const expression = `{ it = ${generated(workspace, set)}.${name} ${rest.join(' ')}; }`
    return nixBuild(set, expression, ['it']).then(
      () => 'passes',
      (error: Error) => error.message,
    )
  }

  test.skipIf(rustfmt === undefined)('formatted code passes, as with cargo', async () => {
    await runOrFail('cargo', ['fmt', '--all', '--check'], { cwd: workspace })
    expect(await build('fmt')).toBe('passes')
  })

  test.skipIf(rustfmt === undefined).each(WRONG)(
    'what cargo fmt would change in %s is shown',
    async (path, text) => {
      const file = join(workspace, path)
      const before = path.startsWith('..') ? 'pub fn three() {}\n' : FILES[path as keyof typeof FILES]
      await writeFile(file, text)
      const expected = await run('cargo', ['fmt', '--all', '--check'], { cwd: workspace })
      const found = await build('fmt')
      await writeFile(file, before)
      expect(expected.status).toBe(1)
      expect(diffs(expected.stdout)).not.toEqual([])
      expect(diffs(found)).toEqual(diffs(expected.stdout))
      expect(found).toContain('run: cargo fmt --all')
    },
  )

  test('`audit` fails for a vulnerability, and only then', async () => {
    const audit = (database: string, more = ''): Promise<string> =>
      build(`audit { advisory-db = ${join(folder, database)}; ${more} }`)
    expect(await audit('none')).toBe('passes')
    expect(await audit('advisories')).toContain('RUSTSEC-2099-0001')
    expect(await audit('advisories', 'arguments = [ "--ignore" "RUSTSEC-2099-0001" ];')).toBe('passes')
  })

  test("the lines for them in a template's flake evaluate once they are no comments", async () => {
    const text = await readFile(join(templates, 'workspace', 'flake.nix'), 'utf8')
    const lines = [...text.matchAll(/^ *# (.*;)$/gm)].map(([, line]) => line!)
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['inputs.advisory-db', 'fmt', 'audit', 'deny'])
    await writeFile(
      join(workspace, 'flake.nix'),
      text.replaceAll(/^( *)# (.*;)$/gm, '$1$2').replaceAll('.hello', '.two'),
    )
    const inputs = `nixpkgs = { legacyPackages.x86_64-linux = ${set.expression}; lib.genAttrs = names: f: { x86_64-linux = f "x86_64-linux"; }; }`
    const outputs = `(import ${workspace}/flake.nix).outputs { ${inputs}; advisory-db = ${folder}/none; }`
    const found = await nixEval(set, `builtins.mapAttrs (_: drv: drv.name) (${outputs}).checks.x86_64-linux`)
    expect(found).toMatchObject({
      fmt: 'rustfmt-check',
      audit: 'cargo-audit',
      deny: 'cargo-deny',
      'tests-two': expect.anything(),
    })
  })

  test('`deny` reads the licences of all packages, and deny.toml', async () => {
    expect(await build('deny { }')).toBe('passes')
    await writeFile(join(workspace, 'deny.toml'), '[licenses]\nallow = ["Zlib"]\n')
    expect(await build('deny { }')).toContain('cfg-if')
    expect(await build('deny { checks = [ "sources" ]; }')).toBe('passes')
    await writeFile(join(workspace, 'deny.toml'), FILES['deny.toml'])
  })
})

const COLOUR = new RegExp(`${String.fromCodePoint(27)}(?:\\[[0-9;]*m|\\(B)`, 'g')

/** Lines of rustfmt's diffs, without directories above the workspace. */
function diffs(text: string): readonly string[] {
  return text
    .replaceAll(COLOUR, '')
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replaceAll(/\s+/g, ' ')
        .replace(/^Diff in .*\/(?:workspace|beside)\//, 'Diff in '),
    )
    .filter((line) => /^(?:Diff in |[+-])/.test(line))
    .filter((line) => !line.startsWith('--'))
}

/** A package set with cargo-audit and cargo-deny: the machine's, or scripts that need what these need. */
async function withAuditors(expression: string): Promise<string> {
  const packages = await Promise.all(
    Object.entries(STAND_INS).map(async ([name, script]) => {
      const found = await onPath(name)
      const text = found === undefined ? script : `#!/bin/sh\nexec ${found} "$@"\n`
      return `${name} = pkgs.stdenv.mkDerivation { pname = "${name}"; version = "1"; text = ${nixText(text)}; buildCommand = ''mkdir -p $out/bin; printf %s "$text" >$out/bin/${name}; chmod +x $out/bin/${name}''; };`
    }),
  )
  return `(let pkgs = ${expression}; in pkgs // { buildPackages = pkgs.buildPackages // { ${packages.join(' ')} }; })`
}

const nixText = (text: string): string => JSON.stringify(text).replaceAll('${', '\\${')

const STAND_INS: Readonly<Record<string, string>> = {
  'cargo-audit': `#!/bin/sh
set -eu
PATH=$PATH:/usr/bin:/bin
[ "$1" = audit ] && [ "$2" = --no-fetch ] && [ "$3" = --db ] && [ "$5 $6" = "--file Cargo.lock" ]
cat .cargo/audit.toml >&2
db=$4
shift 6
for path in "$db"/crates/*/*.md; do
  crate=$(basename "$(dirname "$path")") id=$(basename "$path" .md)
  if grep -q "^name = \\"$crate\\"" Cargo.lock && [ "\${1:-} \${2:-}" != "--ignore $id" ]; then echo "$id" >&2; exit 1; fi
done
`,
  'cargo-deny': `#!/bin/sh
set -eu
PATH=$PATH:/usr/bin:/bin
[ "$1 $2 $3 $4" = "--offline --locked --workspace check" ]
shift 4
cargo metadata --offline --locked --format-version 1 >metadata.json
case " $* " in *" licenses "*) ;; *) exit 0 ;; esac
grep -q Apache-2.0 metadata.json && grep -q '"name":"cfg-if"' metadata.json
if grep -q Apache-2.0 deny.toml; then exit 0; fi
echo "cfg-if: rejected" >&2
exit 1
`,
}
