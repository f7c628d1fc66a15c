/**
 * `rust-toolchain.toml` and the older `rust-toolchain`, as rustup reads them.
 *
 * In: one of the files, found by `src/io/workspace/read-toolchain-file.ts`. Out: ToolchainFile.
 * Mirrors `parse_override_file` and `OverrideCfg::from_file` in rustup's `src/config.rs` (1.29), except what
 * rustup queries from the machine: which toolchains are installed.
 */
import { Cargo2NixError } from '../../errors.ts'
import { parseChannel, type Channel } from './toolchain-channel.ts'
import {
  documentPlace,
  failAt,
  placeOf,
  stringAt,
  stringsAt,
  tableAt,
  type TomlTable,
} from '../toml-value.ts'

export interface ToolchainFile {
  /** Absolute path of the file. */
  readonly path: string
  /** Undefined if the file leaves it to the machine, or names a directory. */
  readonly channel: Channel | undefined
  /** `[toolchain] path`: absolute; a toolchain in a directory on the machine. */
  readonly toolchainPath: string | undefined
  readonly components: readonly string[]
  readonly targets: readonly string[]
  /** Undefined: rustup's own setting decides. */
  readonly profile: string | undefined
}

const HINT = 'see https://rust-lang.github.io/rustup/overrides.html#the-toolchain-file'

/**
 * The channel (or absolute path) that a one-line `rust-toolchain` names; undefined if the file is TOML.
 *
 * @throws Cargo2NixError `bad-toolchain-file` if it is empty
 */
export function parseToolchainLine(text: string, path: string): ToolchainFile | undefined {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  const name = text.trim()
  if (text === '' || (lines === 1 && name === '')) throw bad(path, 'the file is empty')
  if (lines > 1) return undefined
  const isPath = name.startsWith('/')
  return {
    path,
    channel: isPath ? undefined : parseChannel(name),
    toolchainPath: isPath ? name : undefined,
    components: [],
    targets: [],
    profile: undefined,
  }
}

/**
 * Checks the parsed TOML.
 *
 * @throws Cargo2NixError `bad-toolchain-file`, naming the key
 */
export function parseToolchainTable(document: TomlTable, path: string): ToolchainFile {
  const root = documentPlace(path, 'bad-toolchain-file')
  const table = tableAt(document, 'toolchain', root)
  if (table === undefined) throw bad(path, 'there is no table `[toolchain]`')
  const place = placeOf(root, 'toolchain')
  const [channel, folder] = [stringAt(table, 'channel', place), stringAt(table, 'path', place)]
  const components = stringsAt(table, 'components', place)
  const targets = stringsAt(table, 'targets', place)
  const profile = stringAt(table, 'profile', place)
  if ([channel, folder, components, targets].every((value) => value === undefined)) {
    throw bad(path, '`[toolchain]` says nothing of the toolchain')
  }
  if (folder !== undefined) {
    const other = Object.entries({ channel, components, targets, profile }).find(
      ([, value]) => value !== undefined,
    )
    if (other !== undefined) failAt(place, other[0], 'does not go together with `toolchain.path`', HINT)
    if (!folder.startsWith('/')) failAt(place, 'path', 'must be an absolute path, as rustup has it', HINT)
  }
  if (channel === '') failAt(place, 'channel', 'is empty', HINT)
  if (profile !== undefined && !['minimal', 'default', 'complete'].includes(profile)) {
    failAt(place, 'profile', `\`${profile}\` is none of minimal, default and complete`, HINT)
  }
  return {
    path,
    channel: channel === undefined ? undefined : parseChannel(channel),
    toolchainPath: folder,
    components: components ?? [],
    targets: targets ?? [],
    profile,
  }
}

function bad(path: string, message: string): Cargo2NixError {
  return new Cargo2NixError({ code: 'bad-toolchain-file', path, message, hint: HINT })
}
