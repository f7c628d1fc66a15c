/** rust-analyzer understands a workspace: from rust-project.json without cargo, and through cargo in a warm shell. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEditor, rustAnalyzer, standardSources, type Editor } from '../language-server.ts'
import { cargo2nixOrFail } from '../program.ts'
import { warmWorkspace, type WarmWorkspace } from '../warm/workspace.ts'
import { nixIsMissing } from './package-set.ts'

const missing = await nixIsMissing()
const skipped = missing ? ' (no nix-build on this machine)' : ''
const editorMissing =
  missing || rustAnalyzer === undefined
    ? ' (no rust-analyzer: run scripts/rust-analyzer)'
    : standardSources === undefined
      ? ' (no sources of the standard library)'
      : undefined

describe.skipIf(missing)(`rust-project.json of a workspace that Nix has built${skipped}`, () => {
  let work: WarmWorkspace
  interface Crate {
    readonly display_name: string
    readonly root_module: string
    readonly is_workspace_member: boolean
    readonly env: Readonly<Record<string, string>>
    readonly cfg: readonly string[]
    readonly proc_macro_dylib_path?: string
  }
  let crates: readonly Crate[]
  const crateNamed = (name: string): Crate => crates.find(({ display_name: each }) => each === name)!

  beforeAll(async () => {
    work = await warmWorkspace()
    // Sources of packages without a build script are only unpacked for those who read them.
    await work.enter('cargo.shell.override { offlineSources = true; }')
    const { stderr } = await cargo2nixOrFail(['rust-project', '--pkgs', `(${work.set.expression})`], {
      cwd: work.path,
      env: {
        ...work.set.env,
        ...(standardSources === undefined ? {} : { RUST_SRC_PATH: standardSources }),
      },
    })
    expect(stderr).not.toContain('not built yet')
    const text = readFileSync(join(work.path, 'rust-project.json'), 'utf8')
    crates = (JSON.parse(text) as { readonly crates: readonly Crate[] }).crates
  })
  afterAll(() => work.remove())

  test('sources of other packages are in the store, those of members in the workspace', () => {
    for (const { root_module: path, is_workspace_member: isMember } of crates) {
      expect(existsSync(path)).toBe(true)
      expect(path.startsWith(isMember ? `${work.path}/` : '/nix/store/'), path).toBe(true)
    }
    expect(crates.map(({ display_name: name }) => name)).toEqual(
      expect.arrayContaining(['plain', 'gitty', 'native_sys', 'core', 'app', 'adds']),
    )
  })

  test('proc macros are compiled', () => {
    expect(crateNamed('maker').proc_macro_dylib_path).toMatch(/^\/nix\/store\/.*libmaker.*\.(?:so|dylib)$/)
    expect(existsSync(crateNamed('maker').proc_macro_dylib_path!)).toBe(true)
  })

  test('what build scripts left is there', () => {
    const { env, cfg } = crateNamed('native_sys')
    expect(readFileSync(join(env['OUT_DIR']!, 'gen.rs'), 'utf8')).toContain('pub const GEN')
    expect(env['NATIVE_PLACE']).toBe(join(env['OUT_DIR']!, 'gen.rs'))
    expect(cfg).toContain('native_on')
    expect(crateNamed('user').env['USER_SAID']).toContain('table one')
  })

  const editors: readonly EditorCase[] = [
    {
      name: 'from rust-project.json, without cargo on the PATH',
      start: () => ({ env: { HOME: work.folder, PATH: work.folder }, settings: { checkOnSave: false } }),
    },
    {
      // As docs/development-shell.md has it.
      name: 'through cargo in the warm shell',
      start: () => ({
        env: { ...work.shell, RUST_SRC_PATH: standardSources, CARGO_TARGET_DIR: work.targetOf('editor') },
        settings: {
          linkedProjects: [join(work.path, 'Cargo.toml')],
          cargo: { buildScripts: { useRustcWrapper: false } },
        },
      }),
    },
  ]
  describe.skipIf(editorMissing !== undefined).each(editors)(
    `rust-analyzer $name${editorMissing ?? ''}`,
    ({ start }) => {
      let editor: Editor
      beforeAll(async () => {
        editor = await openEditor(['core/src/lib.rs', 'app/src/main.rs'], { cwd: work.path, ...start() })
      })
      afterAll(() => editor.close())

      test('shows the type of a function of a dependency', async () => {
        expect(await editor.hover({ file: 'core/src/lib.rs', at: 'plain::pl|ain()' })).toMatch(
          /plain\s+pub fn plain\(\) -> String/,
        )
        expect(await editor.hover({ file: 'app/src/main.rs', at: 'gitty::git|ty()' })).toContain(
          'pub fn gitty() -> String',
        )
      })

      test('expands a proc macro', async () => {
        expect(await editor.expand({ file: 'app/src/main.rs', at: 'maker::ma|ke!()' })).toMatch(
          /^"plain 0\.1\.0 bare/,
        )
      })

      test('finds a mistake in a member', async () => {
        const text = readFileSync(join(work.path, 'core/src/lib.rs'), 'utf8')
        const wrong = `${text}pub fn wrong() -> u8 { plain::plain() }\n`
        const found = await editor.diagnosticsOf('core/src/lib.rs', wrong)
        expect(found.map(({ message }) => message).join('\n')).toMatch(/expected u8, found String/)
        expect(await editor.diagnosticsOf('core/src/lib.rs', text)).toEqual([])
      })
    },
  )
})

interface EditorCase {
  readonly name: string
  readonly start: () => { readonly env: NodeJS.ProcessEnv; readonly settings: object }
}
