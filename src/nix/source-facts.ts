/**
 * Where the generated Nix gets a crate's source from.
 *
 * In: a package. Out: bindings of its entry. Addresses of registries are composed by the runtime, so that an
 * entry of a registry holds its checksum only.
 */
import { dirname, relative } from 'node:path'
import { isCratesIo } from '../cargo/source-id.ts'
import type { Package, PackageGraph } from '../cargo/package-graph.ts'
import { Cargo2NixError } from '../errors.ts'
import { attributes, binding, list, type NixBinding } from './expr.ts'

/**
 * The facts `sha256`, `registry`, `git`, or `path` and `exclude`.
 *
 * @throws Cargo2NixError `bad-lockfile` for a package of a registry without checksum.
 */
export function sourceFacts(graph: PackageGraph, item: Package): readonly NixBinding[] {
  const { source } = item
  if (source.kind === 'path') return pathFacts(graph, item)
  if (source.kind === 'git') {
    const path = folderInRepository(item)
    return [
      binding(
        'git',
        attributes([
          binding('url', source.url),
          binding('rev', source.commit ?? ''),
          ...(path === '' ? [] : [binding('path', path)]),
        ]),
      ),
    ]
  }
  if (item.checksum === undefined) {
    throw new Cargo2NixError({
      code: 'bad-lockfile',
      path: `${graph.workspace.root}/Cargo.lock`,
      message: `package \`${item.name} ${item.version}\` has no checksum`,
      hint: 'run `cargo update --workspace`, which writes it',
    })
  }
  const registry = isCratesIo(source) ? [] : [binding('registry', source.url)]
  return [binding('sha256', item.checksum), ...registry]
}

function pathFacts({ workspace, packages }: PackageGraph, item: Package): readonly NixBinding[] {
  const folder = dirname(item.manifest.manifestPath)
  const nested = packages
    .filter((other) => other !== item && other.source.kind === 'path')
    .map((other) => relative(folder, dirname(other.manifest.manifestPath)))
    .filter((path) => path !== '' && !path.startsWith('..'))
    .toSorted()
  return [
    binding('path', relative(workspace.root, folder) || '.'),
    ...(nested.length === 0 ? [] : [binding('exclude', list(nested))]),
  ]
}

/** A checkout lies in `git/checkouts/<name>-<hash>/<commit>/` of cargo's home. */
function folderInRepository(item: Package): string {
  const folder = dirname(item.manifest.manifestPath)
  return /\/git\/checkouts\/[^/]+\/[^/]+\/(.+)$/.exec(folder)?.[1] ?? ''
}
