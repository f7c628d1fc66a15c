/** What a package holds besides Rust: unpacked, or in its archive. */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { PackageFiles } from '../../cargo/manifest/package-files.ts'
import { readCrateArchive } from './crate-archive.ts'
import { directoryFiles } from '../manifests/directory-files.ts'

const NATIVE = /\.(?:c|cc|cpp|cxx|S|s|asm|m|mm|a|lib)$/

/** Whether a manifest's package holds C, C++, Objective-C, assembler or prebuilt libraries. */
export function hasNativeSources(manifestPath: string): boolean {
  const files = filesOf(dirname(manifestPath))
  return files !== undefined && holdsNative(files, '')
}

function filesOf(folder: string): PackageFiles | undefined {
  if (existsSync(folder)) return directoryFiles(folder)
  const registry = dirname(folder)
  const archive = join(registry, '..', '..', 'cache', basename(registry), `${basename(folder)}.crate`)
  return readCrateArchive(archive, folder)?.files
}

function holdsNative(files: PackageFiles, folder: string): boolean {
  return files.list(folder).some(({ name, isDirectory }) => {
    const path = folder === '' ? name : `${folder}/${name}`
    if (!isDirectory) return NATIVE.test(name)
    return !SKIPPED.has(name) && holdsNative(files, path)
  })
}

/** Build scripts do not compile these. */
const SKIPPED: ReadonlySet<string> = new Set([
  '.git',
  'target',
  'tests',
  'test',
  'benches',
  'examples',
  'doc',
])
