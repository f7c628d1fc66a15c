/** Which failures print the note about `include` (`templates/sources/missing-file.nix`): bash decides, as in a build. */
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { nixIsMissing } from '../builds/package-set.ts'

const missing = await nixIsMissing()
const template = join(import.meta.dirname, '..', '..', 'templates', 'sources', 'missing-file.nix')

/** Who says it, and what. */
const OF_MISSING_FILES: readonly (readonly [string, string])[] = [
  ['rustc', "error: couldn't read `src/../x.txt`: No such file or directory (os error 2)"],
  ['rustc, a module', 'error[E0583]: file not found for module `x`'],
  ['unwrap', 'called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound, message: "…" }'],
  ['an error of std alone', 'Error: entity not found'],
  ['gcc', 'src/a.c:1:10: fatal error: x.h: No such file or directory'],
  ['clang', "src/a.c:1:10: fatal error: 'x.h' file not found"],
  ['ld', 'ld: cannot open linker script file memory.x'],
  ['cargo', 'error: failed to find a workspace root'],
  ['cargo, no manifest', 'error: could not find `Cargo.toml` in `/build/x` or any parent directory'],
  ['cargo, a path', 'error: manifest path `../Cargo.toml` does not exist'],
  ['cargo, a member', 'error: failed to load manifest for workspace member `/build/x`'],
  ['built', 'Custom { kind: Other, error: "Cargo.lock not found" }'],
  [
    'proc-macro-crate',
    'Could not find `num_enum` in `dependencies` or `dev-dependencies` in `/x/Cargo.toml`!',
  ],
  ['find-crate', 'could not find `a` in `dependencies`'],
  ['askama', 'error: template "page.html" not found in directories ["/x/templates"]'],
  ['sailfish', 'error: Template file "page.stpl" not found'],
  ['tera', "Error: Template 'page.html' not found"],
  ['rust-embed', "#[derive(RustEmbed)] folder '/x/public' does not exist. cwd: '/x'"],
  ['include_dir', '"/x/assets" is not a directory'],
  ['i18n-config', 'The directory "/x/i18n" does not exist'],
  ['tauri', 'The `frontendDist` configuration is set to `"../dist"` but this path doesn\'t exist'],
  ['diesel_migrations', 'Unable to find migrations directory in this directory or any parent directories.'],
  ['refinery', 'error: migrations path not found'],
  ['sqlx', 'error: `SQLX_OFFLINE=true` but there is no cached data for this query'],
  ['sqlx, a database', 'error: set `DATABASE_URL` to use query macros online'],
  ['wit-bindgen', 'failed to read path for WIT [/x/wit]'],
  ['graphql_client', 'Could not find file with path: /x/schema.graphql'],
  ['protoc', 'Could not open file: a.proto'],
  ['slint', 'Failed to open file ui/main.slint'],
]

const OF_OTHER_THINGS: readonly string[] = [
  'error[E0425]: cannot find value `x` in this scope',
  'error[E0433]: failed to resolve: use of unresolved module or unlinked crate `x`',
  'error[E0432]: unresolved import `crate::file`',
  'error[E0599]: no method named `open` found for struct `File` in the current scope',
  'error[E0106]: missing lifetime specifier',
  "thread 'main' panicked at src/main.rs:1:1:\nassertion failed: path.exists()",
  'error: linking with `cc` failed: exit status: 1\n/usr/bin/ld: cannot find -lfoo',
  'error: could not compile `x` (lib) due to 1 previous error',
]

describe.skipIf(missing)(
  `the note about include${missing ? ' (no nix-instantiate on this machine)' : ''}`,
  () => {
    let pattern: string
    beforeAll(() => {
      const expression = `(import ${template} { pname = "x"; path = "."; }).pattern`
      const args = ['--eval', '--strict', '--json', '--expr', expression]
      pattern = JSON.parse(execFileSync('nix-instantiate', args, { encoding: 'utf8' })) as string
    })
    const follows = (text: string): boolean =>
      spawnSync('bash', ['-c', '[[ $1 =~ $2 ]]', 'bash', text, pattern]).status === 0

    test.each(OF_MISSING_FILES)('follows what is said by %s', (_, text) => {
      expect(follows(`compiling x\n${text}\nmore`)).toBe(true)
    })
    test.each(OF_OTHER_THINGS)('does not follow %j', (text) => {
      expect(follows(`compiling x\n${text}\nmore`)).toBe(false)
    })
  },
)
