/**
 * The file by which a workspace asks rustup for a toolchain.
 *
 * In: a folder. Out: the nearest `rust-toolchain` or `rust-toolchain.toml` from there upward, read.
 * Mirrors `find_override_from_dir_walk` in rustup's `src/config.rs` (1.29) without what belongs to the machine: the
 * overrides set for its folders, and RUSTUP_TOOLCHAIN.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  parseToolchainLine,
  parseToolchainTable,
  type ToolchainFile,
} from '../../cargo/workspace/toolchain-file.ts'
import { decodeUtf8, parseToml } from '../manifests/toml.ts'

export interface FoundToolchainFile {
  readonly file: ToolchainFile | undefined
  readonly warnings: readonly string[]
}

/**
 * Looks for it.
 *
 * @throws Cargo2NixError `bad-toolchain-file`
 */
export function readToolchainFile(start: string): FoundToolchainFile {
  for (let folder = start; ; folder = dirname(folder)) {
    const [plain, toml] = ['rust-toolchain', 'rust-toolchain.toml'].map((name) => join(folder, name))
    const [plainText, tomlText] = [readIfFile(plain!), readIfFile(toml!)]
    if (plainText !== undefined) {
      const warnings = tomlText === undefined ? [] : [`both ${plain} and ${toml} exist; the first one counts`]
      return { file: parsePlain(plainText, plain!), warnings }
    }
    if (tomlText !== undefined) return { file: parseTable(tomlText, toml!), warnings: [] }
    if (dirname(folder) === folder) return { file: undefined, warnings: [] }
  }
}

function parsePlain(bytes: Uint8Array, path: string): ToolchainFile {
  return parseToolchainLine(textOf(bytes, path), path) ?? parseTable(bytes, path)
}

function parseTable(bytes: Uint8Array, path: string): ToolchainFile {
  const text = textOf(bytes, path)
  return parseToolchainTable(parseToml(text, path, 'bad-toolchain-file'), path)
}

function textOf(bytes: Uint8Array, path: string): string {
  return decodeUtf8(bytes, path, 'bad-toolchain-file')
}

/** What cannot be read is passed over, as rustup does: often it is a folder of that name. */
function readIfFile(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
