/**
 * Targets whose root file is missing. Cargo reads such a manifest, and only refuses to compile it.
 *
 * In: the packages of the workspace. Out: nothing, or an error. Libraries, build scripts and members'
 * binaries are always compiled; examples, tests and benchmarks only if requested.
 */
import { realpathSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { Manifest, Target } from '../../cargo/manifest/manifest.ts'
import type { Unit } from '../../cargo/units/unit.ts'
import type { LocalWorkspace } from '../../cargo/workspace/workspace.ts'
import { Cargo2NixError } from '../../errors.ts'
import { statusOf } from '../manifests/directory-files.ts'

/** @throws Cargo2NixError `bad-manifest`, naming the key that should give the file's path */
export function refuseMissingTargets({ memberManifests, pathPackages }: LocalWorkspace): void {
  const members = new Set(memberManifests)
  for (const manifest of pathPackages) {
    for (const target of manifest.targets) {
      if (isCompiled(target, members.has(manifest)) && !isReadable(target.srcPath))
        throw missing(manifest, target)
    }
  }
}

/** A file, or a link to `/dev/null`, which rustc reads as an empty file. */
function isReadable(path: string): boolean {
  const status = statusOf(path)
  return (
    status?.isFile() === true || (status?.isCharacterDevice() === true && realpathSync(path) === '/dev/null')
  )
}

function isCompiled({ kind, requiredFeatures = [] }: Target, isMember: boolean): boolean {
  if (kind === 'lib' || kind === 'custom-build') return true
  return isMember && kind === 'bin' && requiredFeatures.length === 0
}

function missing({ manifestPath }: Manifest, { kind, name, srcPath }: Target): Cargo2NixError {
  const key = kind === 'lib' ? 'lib.path' : kind === 'custom-build' ? 'package.build' : `${kind}.${name}.path`
  return new Cargo2NixError({
    code: 'bad-manifest',
    path: manifestPath,
    message: `\`${key}\`: there is no file \`${relative(dirname(manifestPath), srcPath)}\``,
    hint: 'create it, or correct the path',
  })
}

/**
 * The same for what a command line selects.
 *
 * @throws Cargo2NixError `bad-manifest`
 */
export function refuseMissingRoots(units: Iterable<Unit>): void {
  for (const unit of units) {
    const { kind, srcPath } = unit.target
    if (!unit.package.isLocal || kind === 'custom-build' || isReadable(srcPath)) continue
    throw missing(unit.package.manifest, unit.target)
  }
}
