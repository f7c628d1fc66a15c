/** What a user reads when a workspace cannot be read: the file, the key, what to do. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { folderWith, type Files } from '../../../test/folder.ts'
import { Cargo2NixError } from '../../errors.ts'
import { readWorkspace } from './read-workspace.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const good: Files = {
  'Cargo.toml': '[workspace]\nmembers = ["one", "two"]\nresolver = "2"\n',
  'Cargo.lock':
    'version = 4\n[[package]]\nname = "one"\nversion = "0.1.0"\ndependencies = ["two"]\n\n[[package]]\nname = "two"\nversion = "0.2.0"\n',
  'one/Cargo.toml':
    '[package]\nname = "one"\nversion = "0.1.0"\n[features]\nloud = []\n[dependencies]\ntwo = { path = "../two" }\n',
  'one/src/lib.rs': '',
  'two/Cargo.toml': '[package]\nname = "two"\nversion = "0.2.0"\n',
  'two/src/lib.rs': '',
}

/** The good workspace with a part of one file replaced, which must be there. */
function withEdit(path: string, from: string, to: string): Files {
  const text = good[path] ?? ''
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
  return { ...good, [path]: text.replace(from, () => to) }
}

function without(path: string): Files {
  return Object.fromEntries(Object.entries(good).filter(([name]) => name !== path))
}

interface Refusal {
  readonly code: string
  /** Relative to the workspace. */
  readonly path: string
  readonly message: string
  readonly hint: string
}

async function refusal(files: Files): Promise<Refusal> {
  const folder = folderWith(files)
  folders.push(folder)
  const env = { CARGO_HOME: join(folder, 'home') }
  const outcome: unknown = await readWorkspace({ cwd: folder, env, offline: true }).catch(
    (error: unknown) => error,
  )
  if (!(outcome instanceof Cargo2NixError)) throw new Error(`not refused: ${String(outcome)}`)
  const { code, path = '', message, hint = '' } = outcome
  return { code, path: path.slice(folder.length + 1), message: message.replaceAll(`${folder}/`, ''), hint }
}

describe('refused, with file and key', () => {
  test('the workspace that the others are made of is read', async () => {
    const folder = folderWith(good)
    folders.push(folder)
    const { packages, members } = await readWorkspace({ cwd: folder, env: {}, offline: true })
    expect(packages.map(({ manifest }) => manifest.name)).toEqual(['one', 'two'])
    expect(members).toEqual([0, 1])
  })

  test('no lockfile', async () => {
    const found = await refusal(without('Cargo.lock'))
    expect(found).toMatchObject({ code: 'file-missing', path: 'Cargo.lock', hint: /cargo generate-lockfile/ })
  })

  test('a lockfile of version 99', async () => {
    const found = await refusal(withEdit('Cargo.lock', 'version = 4', 'version = 99'))
    expect(found).toMatchObject({ code: 'bad-lockfile', path: 'Cargo.lock', message: /`version`.* 99 / })
  })

  test('a syntax error, with line and column', async () => {
    const found = await refusal(withEdit('two/Cargo.toml', '"two"', '"two'))
    expect(found).toMatchObject({
      code: 'bad-manifest',
      path: 'two/Cargo.toml',
      message: /^line 2, column \d+: /,
    })
  })

  test('bytes that are not UTF-8', async () => {
    const folder = folderWith(good)
    folders.push(folder)
    const { writeFileSync } = await import('node:fs')
    writeFileSync(join(folder, 'two/Cargo.toml'), Buffer.from('[package]\nname = "\xff"\n', 'latin1'))
    const reading = readWorkspace({ cwd: folder, env: {}, offline: true })
    await expect(reading).rejects.toMatchObject({
      code: 'bad-manifest',
      path: join(folder, 'two/Cargo.toml'),
    })
  })

  test('a member that does not exist', async () => {
    const found = await refusal(withEdit('Cargo.toml', '"two"]', '"two", "gone"]'))
    expect(found).toMatchObject({ path: 'Cargo.toml', message: /`workspace\.members`.*gone\/Cargo\.toml/ })
  })

  test('a path dependency that does not exist', async () => {
    const found = await refusal(withEdit('one/Cargo.toml', '../two', '../away'))
    expect(found).toMatchObject({ path: 'one/Cargo.toml', message: /`two`.*`path`.*away\/Cargo\.toml/ })
  })

  test('a patch that does not exist', async () => {
    const files = withEdit(
      'Cargo.toml',
      'resolver',
      '[patch.crates-io]\nserde = { path = "gone" }\n[workspace.metadata]\nx',
    )
    expect(await refusal(files)).toMatchObject({ path: 'Cargo.toml', message: /`serde`.*gone\/Cargo\.toml/ })
  })

  test.for([
    ['in a value', 'version = "0.2', /line 10/],
    ['between keys', 'version = "0.2.0"', /`package two\.version`: is missing/],
    ['between packages', '[[package]]\nname = "two"', /`package one\.dependencies`: "two" names no package/],
    ['before the first package', '[[package]]\nname = "one"', /lists no package/],
  ] as const)('a lockfile that is cut off %s', async ([, from, message]) => {
    const text = good['Cargo.lock'] ?? ''
    const at = from === 'version = "0.2' ? text.indexOf(from) + from.length : text.indexOf(from)
    const found = await refusal({ ...good, 'Cargo.lock': text.slice(0, at) })
    expect(found).toMatchObject({ code: 'bad-lockfile', path: 'Cargo.lock', message, hint: /./ })
  })

  test('a dependency of the lockfile that names no package', async () => {
    const found = await refusal(withEdit('Cargo.lock', '["two"]', '["nobody 1.0.0"]'))
    expect(found).toMatchObject({
      code: 'bad-lockfile',
      message: /`package one\.dependencies`: "nobody 1\.0\.0" names no/,
    })
  })

  test('a dependency of the lockfile that may be two packages', async () => {
    const again = '\n[[package]]\nname = "two"\nversion = "0.3.0"\n'
    const found = await refusal({ ...good, 'Cargo.lock': `${good['Cargo.lock']}${again}` })
    expect(found).toMatchObject({ code: 'bad-lockfile', message: /"two" is ambiguous/ })
  })

  test('a package that is in the lockfile twice', async () => {
    const again = '\n[[package]]\nname = "two"\nversion = "0.2.0"\n'
    const found = await refusal({ ...good, 'Cargo.lock': `${good['Cargo.lock']}${again}` })
    expect(found).toMatchObject({ code: 'bad-lockfile', message: /`two 0\.2\.0` is in the file twice/ })
  })

  test('a source that is none', async () => {
    const found = await refusal(
      withEdit('Cargo.lock', 'version = "0.2.0"', 'version = "0.2.0"\nsource = "ftp+x"'),
    )
    expect(found).toMatchObject({ code: 'bad-lockfile', message: /`package two\.source`: "ftp\+x"/ })
  })

  test('a member that the lockfile does not have', async () => {
    const files = { ...good, 'Cargo.lock': 'version = 4\n[[package]]\nname = "two"\nversion = "0.2.0"\n' }
    expect(await refusal(files)).toMatchObject({
      code: 'lockfile-outdated',
      path: 'Cargo.lock',
      hint: /cargo update/,
    })
  })
})

describe('warnings', () => {
  test('say what does not count, and where', async () => {
    const folder = folderWith({
      ...good,
      '.cargo/config.toml':
        '[resolver]\nfeature-unification = "workspace"\n[unstable]\nbuild-std = ["core"]\nmtime-on-use = true\n',
      'Cargo.toml': 'cargo-features = ["edition2021", "trim-paths"]\n[workspace]\nmembers = ["one", "two"]\n',
      'Cargo.lock': `${good['Cargo.lock']}\n[[patch.unused]]\nname = "three"\nversion = "3.0.0"\n`,
      'two/Cargo.toml': `${good['two/Cargo.toml']}edition = "2021"\n[profile.release]\nlto = true\n`,
    })
    folders.push(folder)
    const { warnings, profiles } = await readWorkspace({ cwd: folder, env: {}, offline: true })
    expect(profiles).toEqual({})
    expect(warnings.map((warning) => warning.replaceAll(`${folder}/`, ''))).toEqual([
      '`unstable.build-std` is for a nightly cargo alone: it is not followed',
      '`resolver.feature-unification` is unstable, so cargo ignores it',
      'two/Cargo.toml: `[profile]` counts only in Cargo.toml',
      'the patch `three 3.0.0` is not used',
      'Cargo.toml: without `workspace.resolver`, resolver 1 is used, though members have edition 2021',
      'Cargo.toml: `cargo-features`: `trim-paths` is unstable and not heeded',
    ])
  })
})

const hostile = [
  '${builtins.abort "x"}',
  'quo"te',
  "it''s",
  'two\nlines',
  '../up',
  'a b',
  '`id`',
  '$(id)',
  'nul\0',
  '',
]

describe('hostile names', () => {
  test.for(hostile)('package %j', async (name) => {
    const found = await refusal(withEdit('two/Cargo.toml', '"two"', JSON.stringify(name)))
    expect(found).toMatchObject({
      code: 'unsafe-name',
      path: 'two/Cargo.toml',
      message: /^`package\.name`: /,
    })
  })

  test.for(hostile)('locked package %j', async (name) => {
    const found = await refusal(withEdit('Cargo.lock', 'name = "two"', `name = ${JSON.stringify(name)}`))
    expect(found).toMatchObject({ code: 'unsafe-name', path: 'Cargo.lock', message: /^`package\.1\.name`: / })
  })

  test.for(hostile)('feature %j', async (name) => {
    const found = await refusal(withEdit('one/Cargo.toml', 'loud', JSON.stringify(name)))
    expect(found).toMatchObject({ code: 'unsafe-name', path: 'one/Cargo.toml', message: /^`features\./ })
  })

  test.for(hostile)('dependency %j', async (name) => {
    const found = await refusal(withEdit('one/Cargo.toml', 'two =', `${JSON.stringify(name)} =`))
    expect(found).toMatchObject({ code: 'unsafe-name', path: 'one/Cargo.toml', message: /^`dependencies\./ })
  })

  test.for(hostile)('profile %j', async (name) => {
    const found = await refusal(
      withEdit('Cargo.toml', '[workspace]', `[profile.${JSON.stringify(name)}]\n[workspace]`),
    )
    expect(found).toMatchObject({ code: 'unsafe-name', path: 'Cargo.toml', message: /^`profile\./ })
  })
})
