/** Edits of fixtures/ten-members, each made on top of those before it. */
import { execFileSync } from 'node:child_process'
import { renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { all, append, comment, remove, replace, write, type Difference, type Edit } from './edit.ts'

/** See test/recorder/differences.ts. */
const MACRO_TWICE: Difference = {
  units: /^almanac-derive \S+ lib almanac_derive$/,
  reason: 'a proc macro that is asked for is compiled once more where `build-override` changes those in use',
}

const toml = 'Cargo.toml'
const config = '.cargo/config.toml'
const member = (name: string, path: string): string => `members/${name}/${path}`

const code: readonly Edit[] = [
  { name: 'a comment in a leaf', apply: comment(member('cli', 'src/main.rs')) },
  { name: 'a comment in a base crate', apply: comment(member('model', 'lib.rs')) },
  {
    name: 'a function body in a base crate',
    apply: replace(member('model', 'units.rs'), '18_288', '18_287'),
  },
  { name: 'a module in a folder beside the library', apply: comment(member('model', 'calendar/leap.rs')) },
  { name: 'a crate of the other edition', apply: comment(member('text', 'src/lib.rs')) },
  { name: 'a crate for tests only', apply: comment(member('testing', 'src/lib.rs')) },
  { name: 'a crate for host and target', apply: comment(member('codegen', 'src/lib.rs')) },
  { name: 'a proc macro', apply: comment(member('derive', 'src/lib.rs')) },
  { name: 'the library of the root package', apply: comment('src/lib.rs') },
  { name: 'the program of the root package', apply: comment('src/main.rs') },
  { name: 'a program whose features are off', apply: comment('src/strict.rs') },
  { name: 'one of several programs', apply: comment(member('cli', 'src/bin/tides.rs')) },
  { name: 'a module of a program', apply: comment(member('cli', 'src/bin/moon/phase.rs')) },
  { name: 'a package with a build script', apply: comment(member('format', 'src/lib.rs')) },
  { name: 'a package with `links`', apply: comment(member('sys', 'src/lib.rs')) },
  { name: 'a build script', apply: comment(member('sys', 'build.rs')) },
  { name: 'a module of a build script', apply: comment(member('format', 'build/months.rs')) },
  { name: 'C code', apply: append(member('sys', 'c/tides.c'), '/* */') },
  {
    name: 'a new file that nothing names',
    apply: write(member('store', 'src/draft.rs'), 'pub fn draft() {}\n'),
  },
  {
    name: 'a new module',
    apply: all(
      write(member('store', 'src/more.rs'), 'pub fn more() {}\n'),
      append(member('store', 'src/lib.rs'), 'pub mod more;'),
    ),
  },
]

const tests: readonly Edit[] = [
  { name: 'an integration test', apply: comment('tests/report.rs') },
  { name: 'a test without the harness', apply: comment(member('cli', 'tests/smoke.rs')) },
  { name: 'a test of a C library', apply: comment(member('ffi', 'tests/from_rust.rs')) },
  { name: 'an example', apply: comment('examples/year.rs') },
  { name: 'a module that no test has', apply: write('tests/common/mod.rs', '') },
  { name: 'a second test', apply: write('tests/second.rs', 'mod common;\n#[test]\nfn second() {}\n') },
  { name: 'one of two tests', apply: comment('tests/report.rs') },
  { name: 'a module of one of two tests', apply: comment('tests/common/mod.rs') },
  { name: 'a new benchmark', apply: write('benches/speed.rs', 'fn main() {}\n') },
  { name: 'a benchmark', apply: comment('benches/speed.rs') },
  { name: 'a test is removed', apply: remove('tests/second.rs') },
]

const otherFiles: readonly Edit[] = [
  {
    name: 'a readme',
    apply: append('docs/ALMANAC.md', 'More.'),
    larger: {
      units: /^almanac \S+ test report$/,
      reason: 'the test reads it when it runs, in the folder that it was compiled in',
    },
  },
  { name: 'a new README at the root', apply: write('README.md', '# Almanac\n') },
  { name: 'an unrelated file at the root', apply: write('Makefile', 'all:\n') },
  { name: 'an unrelated folder at the root', apply: write('scripts/release.sh', 'exit\n') },
  { name: 'a licence', apply: append(member('cli', 'LICENCE.txt'), 'More.') },
  { name: 'an included text outside of the package', apply: append('shared/motto.txt', 'More.') },
  { name: 'included bytes', apply: append(member('text', 'src/seal.bin'), 'More.') },
  { name: 'an ignored file', apply: all(write('.gitignore', '*.log\n'), write('src/build.log', 'x')) },
]

const settings: readonly Edit[] = [
  { name: 'a comment in the root manifest', apply: append(toml, '# A comment.') },
  { name: "a comment in a member's manifest", apply: append(member('text', toml), '# A comment.') },
  {
    name: 'a field of the profile',
    apply: append(toml, '[profile.dev]\nopt-level = 1'),
    smaller: MACRO_TWICE,
  },
  {
    name: 'a profile for one package',
    apply: append(toml, '[profile.dev.package.almanac-text]\nopt-level = 2'),
  },
  {
    name: 'a profile for build scripts',
    apply: append(toml, '[profile.dev.build-override]\nopt-level = 2'),
    smaller: MACRO_TWICE,
  },
  { name: 'a profile that is not used', apply: append(toml, '[profile.slow]\ninherits = "dev"') },
  {
    name: 'a rustflag',
    apply: append(config, '[target."cfg(unix)"]\nrustflags = ["--cfg", "more"]'),
    smaller: MACRO_TWICE,
  },
  {
    name: 'a variable that a unit reads',
    apply: replace(config, '"Brest"', '"Ouessant"'),
    larger: {
      units: /^(?!almanac(-cli)? )/,
      reason:
        'cargo gives it to every rustc and script, too, but overlooks those that read it in other ways than `env!`',
    },
  },
  { name: 'the description of a package', apply: replace(toml, 'Tides & moons', 'Moons & tides') },
  {
    name: 'the version of a member',
    apply: replace(member('store', toml), 'version.workspace = true', 'version = "1.4.1"'),
  },
  {
    name: 'a lint',
    apply: replace(toml, 'needless_return = "warn"', 'needless_return = "allow"'),
    smaller: MACRO_TWICE,
  },
  {
    name: 'a feature that is off',
    apply: replace(member('store', toml), '[features]\n', '[features]\nunused = []\n'),
  },
  {
    name: 'a feature of a dependency',
    apply: replace(member('cli', toml), '["format", "fast"]', '["format", "fast", "unused"]'),
  },
  {
    name: 'a feature that brings a dependency',
    apply: replace(member('store', toml), 'unused = []', 'unused = ["almanac-format/colour"]'),
  },
  {
    name: 'the name of a dependency',
    apply: replace(
      member('ffi', toml),
      'almanac-sys.workspace = true',
      'sys = { package = "almanac-sys", path = "../sys" }',
    ),
  },
  { name: 'an edition', apply: replace(member('text', toml), '"2018"', '"2021"') },
  {
    name: 'a requirement that is met already',
    apply: replace(toml, 'itoa = "1.0"', 'itoa = "1.0.1"'),
  },
  {
    name: 'a new member',
    apply: all(
      write(member('new', toml), '[package]\nname = "almanac-new"\nversion = "0.1.0"\nedition = "2021"\n'),
      write(member('new', 'src/lib.rs'), ''),
    ),
  },
  {
    name: 'the version of a dependency',
    apply: (folder) => {
      execFileSync('cargo', ['update', '--quiet', '--package=itoa', '--precise=1.0.14'], { cwd: folder })
      execFileSync('cargo', ['fetch', '--quiet', '--locked'], { cwd: folder })
    },
  },
  {
    name: 'the toolchain',
    apply: (_, state) => {
      state.toolchain = 'other'
    },
    untold: 'it is given to Cargo.nix as an argument, which nothing in the repository says',
    smaller: MACRO_TWICE,
  },
  {
    name: 'the name of the checkout',
    apply: (folder, state) => {
      state.workspace = join(dirname(folder), 'another name')
      renameSync(folder, state.workspace)
    },
    smaller: {
      units: /^almanac/,
      reason: 'cargo knows path packages by their place, and store paths do not',
    },
  },
]

export const TEN_MEMBERS_EDITS: readonly Edit[] = [...code, ...tests, ...otherFiles, ...settings]
