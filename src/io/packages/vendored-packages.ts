/**
 * A directory source, as `cargo vendor` writes it: one directory per package, with any name.
 *
 * In: the directory. Out: the directory of a package, by name and version.
 * Mirrors `sources/directory.rs` of cargo 0.96: a directory counts when it has `.cargo-checksum.json`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LockedPackage } from '../../cargo/lockfile.ts'
import { isTable, type TomlTable } from '../../cargo/toml-value.ts'
import { Cargo2NixError } from '../../errors.ts'
import { listFolder } from '../manifests/directory-files.ts'
import { readText } from '../read-text.ts'
import { readToml } from '../manifests/toml.ts'

export interface VendoredPackages {
  readonly find: (name: string, version: string) => string | undefined
}

/** @param folder absolute */
export function vendoredPackages(folder: string): VendoredPackages {
  let all: ReadonlyMap<string, string> | undefined
  return {
    find: (name, version) => {
      // `cargo vendor --versioned-dirs` names directories like this; reading the others first would cost
      // more.
      const versioned = join(folder, `${name}-${version}`)
      if (existsSync(`${versioned}/.cargo-checksum.json`)) return versioned
      all ??= indexFolders(folder)
      return all.get(`${name} ${version}`)
    },
  }
}

/**
 * Compares the checksum declared for a vendored package with the locked one, as cargo does. The files need
 * not match that checksum: anyone who edits a vendored package also edits `.cargo-checksum.json`.
 *
 * @throws Cargo2NixError `bad-lockfile` naming both checksums
 */
export function checkVendored(folder: string, { name, version, checksum }: LockedPackage): void {
  const path = join(folder, '.cargo-checksum.json')
  const vendored = packageChecksum(path)
  if (vendored === checksum) return
  const text = (value: string | undefined): string => value ?? 'none'
  throw new Cargo2NixError({
    code: 'bad-lockfile',
    path,
    message: `\`package\`: Cargo.lock has another checksum of \`${name} ${version}\`: ${text(checksum)}, where the vendored folder has ${text(vendored)}`,
    hint: 'run `cargo vendor` again, or correct the checksum here',
  })
}

function packageChecksum(path: string): string | undefined {
  try {
    const value = JSON.parse(readText(path)) as { package?: unknown } | null
    return typeof value?.package === 'string' ? value.package : undefined
  } catch (cause) {
    if (cause instanceof Cargo2NixError) throw cause
    throw new Cargo2NixError({
      code: 'bad-manifest',
      path,
      message: 'this is no JSON',
      hint: 'run `cargo vendor` again',
      cause,
    })
  }
}

function indexFolders(folder: string): ReadonlyMap<string, string> {
  const folders = listFolder(folder).filter(({ name }) => !name.startsWith('.'))
  const entries = folders.flatMap(({ name }) => {
    const path = join(folder, name)
    if (!existsSync(`${path}/.cargo-checksum.json`)) return []
    const id = packageIdOf(readToml(`${path}/Cargo.toml`, 'bad-manifest'))
    return id === undefined ? [] : [[id, path] as const]
  })
  return new Map(entries)
}

/** `NAME VERSION` of a manifest that inherits neither. */
function packageIdOf(document: TomlTable | undefined): string | undefined {
  const table = document?.['package']
  if (!isTable(table)) return undefined
  const { name, version } = table
  return typeof name === 'string' && typeof version === 'string' ? `${name} ${version}` : undefined
}
