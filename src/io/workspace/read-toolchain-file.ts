/**
 * The file with which a workspace requests a toolchain from rustup.
 *
 * In: a directory. Out: the nearest `rust-toolchain` or `rust-toolchain.toml` from there upward, read.
 * Mirrors `find_override_from_dir_walk` in rustup's `src/config.rs` (1.29), without the settings of the
 * machine: directory overrides, and RUSTUP_TOOLCHAIN.
 */
import { dirname, join } from 'node:path'
import {
  parseToolchainLine,
  parseToolchainTable,
  type ToolchainFile,
} from '../../cargo/workspace/toolchain-file.ts'
import { isFolder } from '../manifests/directory-files.ts'
import { readFileIfAny } from '../read-file.ts'
import { decodeUtf8, parseToml } from '../manifests/toml.ts'

export interface FoundToolchainFile {
  readonly file: ToolchainFile | undefined
  readonly warnings: readonly string[]
}

/**
 * Searches upward as far as the directory `top`: what is above a repository is not in every checkout.
 *
 * @throws Cargo2NixError `bad-toolchain-file`
 */
export function readToolchainFile(start: string, top: string): FoundToolchainFile {
  for (let folder = start; ; folder = dirname(folder)) {
    const [plain, toml] = ['rust-toolchain', 'rust-toolchain.toml'].map((name) => join(folder, name))
    const [plainText, tomlText] = [readIfFile(plain!), readIfFile(toml!)]
    if (plainText !== undefined) {
      const warnings = tomlText === undefined ? [] : [`both ${plain} and ${toml} exist; the first one counts`]
      return { file: parsePlain(plainText, plain!), warnings }
    }
    if (tomlText !== undefined) return { file: parseTable(tomlText, toml!), warnings: [] }
    if (folder === top || dirname(folder) === folder) return { file: undefined, warnings: [] }
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

/**
 * A directory of that name is skipped, as in rustup. Rustup skips any error too, but whoever has the file
 * means it.
 */
function readIfFile(path: string): Uint8Array | undefined {
  return isFolder(path) ? undefined : readFileIfAny(path, 'bad-toolchain-file')
}
