/**
 * The file with which a workspace requests a toolchain from rustup.
 *
 * In: a directory. Out: the nearest `rust-toolchain` or `rust-toolchain.toml` from there upward, read.
 * Mirrors `find_override_from_dir_walk` in rustup's `src/config.rs` (1.29), without the settings of the
 * machine: directory overrides, and RUSTUP_TOOLCHAIN.
 */
import { basename, dirname, join } from 'node:path'
import {
  parseToolchainLine,
  parseToolchainTable,
  type ToolchainFile,
} from '../../cargo/workspace/toolchain-file.ts'
import { isFolder } from '../manifests/directory-files.ts'
import { readFileIfAny } from '../read-file.ts'
import { decodeUtf8, parseToml } from '../manifests/toml.ts'

/** A toolchain file, before anybody looks into it. */
export interface RawToolchainFile {
  readonly path: string
  readonly bytes: Uint8Array
}

export interface FoundToolchainFile {
  readonly file: ToolchainFile | undefined
  readonly warnings: readonly string[]
}

/**
 * The toolchain files from a directory upward as far as the directory `top`: what is above a repository is
 * not in every checkout. The nearest ones come first.
 *
 * @throws Cargo2NixError `bad-toolchain-file` if one cannot be read
 */
export function toolchainFilesFrom(start: string, top: string): readonly RawToolchainFile[] {
  const found: RawToolchainFile[] = []
  for (let folder = start; ; folder = dirname(folder)) {
    found.push(...NAMES.flatMap((name) => readIfFile(join(folder, name))))
    if (folder === top || dirname(folder) === folder) return found
  }
}

/**
 * Parses the first of these files, which is the one that rustup reads.
 *
 * @throws Cargo2NixError `bad-toolchain-file`
 */
export function parseToolchainFile(files: readonly RawToolchainFile[]): FoundToolchainFile {
  const [first, second] = files
  if (first === undefined) return { file: undefined, warnings: [] }
  const { path, bytes } = first
  const isPlain = basename(path) === PLAIN
  const hasBoth = isPlain && second !== undefined && dirname(second.path) === dirname(path)
  return {
    file: isPlain ? parsePlain(bytes, path) : parseTable(bytes, path),
    warnings: hasBoth ? [`both ${path} and ${second.path} exist; the first one counts`] : [],
  }
}

const PLAIN = 'rust-toolchain'
const NAMES = [PLAIN, `${PLAIN}.toml`]

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
function readIfFile(path: string): readonly RawToolchainFile[] {
  const bytes = isFolder(path) ? undefined : readFileIfAny(path, 'bad-toolchain-file')
  return bytes === undefined ? [] : [{ path, bytes }]
}
