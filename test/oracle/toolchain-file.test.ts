/** `rust-toolchain.toml` and `rust-toolchain`: which file counts and what it requests, checked against rustup. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Channel } from '../../src/cargo/workspace/toolchain-channel.ts'
import { Cargo2NixError } from '../../src/errors.ts'
import { parseToolchainFile, toolchainFilesFrom } from '../../src/io/workspace/read-toolchain-file.ts'
import { folderWith, type Files } from '../folder.ts'

const rustup = spawnSync('rustup', ['--version'], { encoding: 'utf8' })
const missing = rustup.status !== 0

interface Asked {
  /** The file that counts. */
  readonly path: string
  /** A channel, a name of somebody's own or a directory; undefined: the machine decides. */
  readonly name: string | undefined
}

/** What rustup makes of a folder: undefined where no file counts, `refused` where it takes offence. */
function byRustup(folder: string): Asked | 'refused' | undefined {
  const { PATH, HOME, RUSTUP_HOME, CARGO_HOME } = process.env
  // Nothing is to be downloaded for names that are not installed.
  const env = {
    PATH,
    HOME,
    RUSTUP_HOME,
    CARGO_HOME,
    RUSTUP_AUTO_INSTALL: '0',
    RUSTUP_DIST_SERVER: 'http://[::1]:1',
  }
  const args = ['show', 'active-toolchain', '--verbose']
  const { stdout, stderr, status } = spawnSync('rustup', args, { cwd: folder, env, encoding: 'utf8' })
  if (status === 0) {
    const path = /^active because: overridden by '(.*)'$/m.exec(stdout)?.[1]
    const [name = ''] = stdout.split('\n')
    // No channel in the cases below is installed, so a name is that of the machine's own choice.
    return path === undefined ? undefined : { path, name: name.startsWith('/') ? name : undefined }
  }
  const custom = /custom toolchain '(.*)' specified in override file '(.*)' is not installed/.exec(stderr)
  if (custom !== null) return { path: custom[2]!, name: custom[1]! }
  const official = /override toolchain '(.*)' is not installed/.exec(stderr)
  const path = /the toolchain file at '(.*)' specifies/.exec(stderr)?.[1]
  return official === null || path === undefined ? 'refused' : { path, name: withoutHost(official[1]!) }
}

const host = /^host: (.*)$/m.exec(spawnSync('rustc', ['-vV'], { encoding: 'utf8' }).stdout)?.[1]
const withoutHost = (name: string): string => name.replace(new RegExp(`-${host}$`), '')

function byUs(folder: string): Asked | 'refused' | undefined {
  try {
    const { file } = parseToolchainFile(toolchainFilesFrom(folder, '/'))
    if (file === undefined) return undefined
    // rustup takes a name with a platform only where that is installed; so do we take it for what it says.
    if (isWithPlatform(file.channel)) return 'refused'
    return { path: file.path, name: file.channel?.name ?? file.toolchainPath }
  } catch (error) {
    if (error instanceof Cargo2NixError && error.code === 'bad-toolchain-file') return 'refused'
    throw error
  }
}

const isWithPlatform = (channel: Channel | undefined): boolean => channel?.platform !== undefined

/** Named by what they are. */
const cases: Readonly<Record<string, Files>> = {
  'no file': {},
  'one line': { 'rust-toolchain': '1.70.0\n' },
  'one line without its end': { 'rust-toolchain': ' nightly-2022-01-01 ' },
  'one line of a name': { 'rust-toolchain': 'mine\n' },
  'one line in the other file': { 'rust-toolchain.toml': '1.70.0\n' },
  nothing: { 'rust-toolchain': '' },
  'an empty line': { 'rust-toolchain': '\n' },
  'empty lines': { 'rust-toolchain': '\n\n' },
  'TOML in the older file': { 'rust-toolchain': '[toolchain]\nchannel = "1.70"\n' },
  'both files': { 'rust-toolchain': '1.71\n', 'rust-toolchain.toml': '[toolchain]\nchannel = "1.70"\n' },
  'a file above': { '../rust-toolchain.toml': '[toolchain]\nchannel = "beta-2023-02-03"\n' },
  'a file above and one here': {
    '../rust-toolchain': '1.71.0\n',
    'rust-toolchain.toml': '[toolchain]\nchannel = "1.70"\n',
  },
  'a folder of that name': { 'rust-toolchain/README': '', '../rust-toolchain': '1.71.0\n' },
  'other tables and keys': { 'rust-toolchain.toml': '[toolchain]\nchannel = "1.70"\nother = 1\n[more]\n' },
  'no table': { 'rust-toolchain.toml': '[other]\nchannel = "1.70"\n' },
  'a channel that is no string': { 'rust-toolchain.toml': '[toolchain]\nchannel = 1.70\n' },
  'components that are no list': {
    'rust-toolchain.toml': '[toolchain]\nchannel = "1.70"\ncomponents = "a"\n',
  },
  'an empty channel': { 'rust-toolchain.toml': '[toolchain]\nchannel = ""\n' },
  'blanks around a channel': { 'rust-toolchain.toml': '[toolchain]\nchannel = " stable "\n' },
  'a beta of a version': { 'rust-toolchain.toml': '[toolchain]\nchannel = "1.70.0-beta.2"\n' },
  'a platform in the name': {
    'rust-toolchain.toml': '[toolchain]\nchannel = "1.70.0-i686-pc-windows-gnu"\n',
  },
  ...combinations(),
}

function combinations(): Readonly<Record<string, Files>> {
  const channels = ['', 'channel = "1.70.0"']
  const paths = ['', 'path = "/usr"', 'path = "folder"']
  const lists = ['', 'components = []', 'targets = ["wasm32-wasip1"]']
  const profiles = ['', 'profile = "minimal"', 'profile = "small"']
  const keys = channels.flatMap((channel) =>
    paths.flatMap((path) =>
      lists.flatMap((list) =>
        profiles.map((profile) => [channel, path, list, profile].filter((key) => key !== '')),
      ),
    ),
  )
  return Object.fromEntries(
    keys.map((each) => [
      `keys: ${each.join(', ')}`,
      { 'rust-toolchain.toml': `[toolchain]\n${each.map((key) => `${key}\n`).join('')}` },
    ]),
  )
}

describe.skipIf(missing)(`files for rustup${missing ? ' (no rustup on this machine)' : ''}`, () => {
  test.each(Object.entries(cases))('%s', (_, files) => {
    const top = folderWith(
      Object.fromEntries(Object.entries(files).map(([path, text]) => [join('sub', path), text])),
    )
    try {
      const folder = join(top, 'sub')
      mkdirSync(folder, { recursive: true })
      expect(byUs(folder)).toEqual(byRustup(folder))
    } finally {
      rmSync(top, { recursive: true })
    }
  })
})
