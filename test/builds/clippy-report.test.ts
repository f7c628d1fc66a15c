/** `clippyReport`: the messages of `cargo clippy --message-format=json`, and the same as SARIF. */
import { rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Ajv from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const programs = await Promise.all(
  ['jq', 'cargo-clippy'].map((name) => run('sh', ['-c', `command -v ${name}`])),
)
const isMissing = (await nixIsMissing()) || programs.some(({ status }) => status !== 0)

const FILES = {
  'Cargo.toml': '[workspace]\nmembers = ["a b/first", "macros", "refused"]\nresolver = "3"\n',
  'a b/first/Cargo.toml': `[package]
name = "first"
version = "1.0.0"
edition = "2024"
[dependencies]
macros = { path = "../../macros" }
[lints.clippy]
needless_return = "deny"
`,
  // A lint in a text that is not ASCII, one in code that a macro of another crate writes, one in generated code.
  'a b/first/src/lib.rs': `pub fn grüße(n: i32) -> i32 { let ü = "äöü"; if ü.len() == 0 { 1 } else { n } }
macros::one!();
include!(concat!(env!("OUT_DIR"), "/made.rs"));
#[cfg(test)]
mod tests {
    #[test]
    fn one() -> Result<(), ()> {
        return Ok(());
    }
}
`,
  'a b/first/src/main.rs': 'fn main() {\n    let unused = 1;\n    std::process::exit(first::grüße(0));\n}\n',
  'a b/first/build.rs': `fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.rs"), "pub fn made() -> i32 { return 1; }\\n").unwrap();
    return;
}
`,
  'macros/Cargo.toml': '[package]\nname = "macros"\nversion = "1.0.0"\nedition = "2024"\n',
  'macros/src/lib.rs':
    '#[macro_export]\nmacro_rules! one {\n    () => {\n        pub fn of_macro(n: i32) -> i32 {\n            return n;\n        }\n    };\n}\n',
  'refused/Cargo.toml': '[package]\nname = "refused"\nversion = "1.0.0"\nedition = "2024"\n',
  'refused/src/lib.rs': 'pub fn one() -> i32 {\n    "text"\n}\n',
}

interface Message {
  readonly reason: string
  readonly target: { readonly name: string }
  readonly message: {
    readonly code: { readonly code: string } | null
    readonly level: string
    readonly message: string
    readonly spans: readonly { readonly file_name: string; readonly line_start: number }[]
  }
}

interface Sarif {
  readonly runs: readonly {
    readonly results: readonly {
      readonly ruleId?: string
      readonly level: string
      readonly message: { readonly text: string }
      readonly locations?: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string }
          readonly region: { readonly startLine: number; readonly startColumn: number }
        }
      }[]
    }[]
  }[]
}

describe.skipIf(isMissing)(
  `reports of clippy${isMissing ? ' (skipped: needs Nix, clippy and jq)' : ''}`,
  () => {
    let set: PackageSet
    const workspaces: Record<'warn' | 'deny', string> = { warn: '', deny: '' }

    beforeAll(async () => {
      set = await machinePackageSet()
      for (const level of ['warn', 'deny'] as const) {
        const workspace = folderWith({
          ...FILES,
          'a b/first/Cargo.toml': FILES['a b/first/Cargo.toml'].replace('"deny"', `"${level}"`),
        })
        workspaces[level] = workspace
        await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: workspace })
        await cargo2nixOrFail(['generate'], { cwd: workspace })
      }
    })
    afterAll(() => {
      if (isMissing) return
      for (const workspace of Object.values(workspaces)) rmSync(workspace, { recursive: true, force: true })
    })

    const report = async (
      workspace: string,
      member: string,
      more = '',
    ): Promise<{ readonly lines: readonly Message[]; readonly sarif: Sarif }> => {
      const [output] = await nixBuild(set, generated(workspace, set, more), [`clippyReport.${member}`])
      const lines = await readFile(`${output}/clippy.json`, 'utf8')
      return {
        lines: messagesIn(lines),
        sarif: JSON.parse(await readFile(`${output}/clippy.sarif`, 'utf8')) as Sarif,
      }
    }
    const cargo = async (cwd: string, args: readonly string[]): Promise<readonly Message[]> => {
      const { stdout } = await run(
        'cargo',
        ['clippy', '--release', '--message-format=json', '--locked', ...args],
        { cwd, env: { ...process.env, CARGO_TARGET_DIR: join(cwd, 'target') } },
      )
      return messagesIn(stdout)
    }
    /** Without what generated code is called, which is in cargo's target directory or ours. */
    const comparable = (messages: readonly Message[]): readonly string[] =>
      messages
        .map(({ target, message }) =>
          JSON.stringify({ target: target.name, ...message, rendered: undefined }, (key, value) =>
            key === 'file_name' && String(value).endsWith('made.rs') ? 'made.rs' : (value as unknown),
          ),
        )
        .map((text) => JSON.stringify(sorted(JSON.parse(text))))
        .toSorted()

    test.each([
      ['', []],
      ['clippyAllTargets = true;', ['--all-targets']],
    ])('messages are those of cargo (%s)', async (more, flags) => {
      const all = await cargo(workspaces.warn, ['--package=first', ...flags])
      const expected = all.filter(({ target }) => target.name !== 'macros')
      expect(expected.length).toBeGreaterThan(3)
      expect(comparable((await report(workspaces.warn, 'first', more)).lines)).toEqual(comparable(expected))
    })

    test('SARIF is valid, and has each finding once, at its place in the workspace', async () => {
      const { sarif, lines } = await report(workspaces.deny, 'first', 'clippyAllTargets = true;')
      expect(await schemaErrors(sarif)).toEqual([])
      const places = sarif.runs[0]!.results.map(({ ruleId, level, locations }) => {
        const { artifactLocation, region } = locations![0]!.physicalLocation
        return `${artifactLocation.uri}:${region.startLine}:${region.startColumn} ${level} ${ruleId}`
      })
      expect(places).toHaveLength(new Set(places).size)
      expect(places.toSorted()).toEqual([
        'a%20b/first/build.rs:4:5 error clippy::needless_return',
        'a%20b/first/src/lib.rs:1:49 warning clippy::len_zero',
        'a%20b/first/src/lib.rs:8:9 error clippy::needless_return',
        'a%20b/first/src/main.rs:2:9 warning unused_variables',
        'out/first-1.0.0/made.rs:1:24 error clippy::needless_return',
      ])
      expect(lines.length).toBeGreaterThan(places.length)
    })

    test('what does not compile is reported, and builds', async () => {
      const { sarif, lines } = await report(workspaces.deny, 'refused')
      const expected = await cargo(workspaces.deny, ['--package=refused'])
      expect(expected).not.toEqual([])
      expect(comparable(lines)).toEqual(comparable(expected))
      expect(await schemaErrors(sarif)).toEqual([])
      expect(sarif.runs[0]!.results).toMatchObject([{ ruleId: 'E0308', level: 'error' }])
      expect((await report(workspaces.deny, 'macros')).sarif.runs[0]!.results).toEqual([])
    })
  },
)

/** What the schema of SARIF 2.1.0 says against a log. */
async function schemaErrors(log: unknown): Promise<readonly unknown[]> {
  const file = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/package.json')
  const schema = await readFile(join(file, '..', 'lib', 'schemas', 'sarif-2.1.0-rtm.5.json'), 'utf8')
  const ajv = addFormats.default(new Ajv.default({ strict: false, unicodeRegExp: false }))
  const validate = ajv.compile(JSON.parse(schema) as object)
  validate(log)
  return validate.errors ?? []
}

function messagesIn(text: string): readonly Message[] {
  return text
    .split('\n')
    .filter((line) => line.includes('"compiler-message"'))
    .map((line) => JSON.parse(line) as Message)
}

/** The value with the keys of every object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}
