/** The files that a workspace's units read according to dep-info, and the files that our derivations' sources contain. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { PackageSet } from '../builds/package-set.ts'
import { runCargo, type Environment } from '../oracle/cargo.ts'
import { runOrFail } from '../program.ts'

/** By name of a unit (`unitName`): paths relative to the workspace's directory. */
export type FilesRead = ReadonlyMap<string, ReadonlySet<string>>

interface Artifact {
  readonly reason: string
  readonly package_id: string
  readonly target: { readonly kind: readonly string[]; readonly name: string }
  readonly profile: { readonly test: boolean }
  readonly filenames: readonly string[]
}

/**
 * Asks cargo, by calls of which each may be `check`, `build` or `test --no-run`.
 *
 * @param target - the target directory, new
 * @param env - for cargo: by it the compiler may be a stand-in that only writes dep-info
 * @throws if cargo fails
 */
export async function filesReadByCargo(
  workspace: string,
  commands: readonly (readonly string[])[],
  target: string,
  env: Environment,
): Promise<FilesRead> {
  const found = new Map<string, Set<string>>()
  for (const command of commands) {
    const args = [...command, '--message-format=json', '--ignore-rust-version']
    const { status, stdout, stderr } = await runCargo(args, workspace, { CARGO_TARGET_DIR: target, ...env })
    if (status !== 0) throw new Error(`cargo ${args.join(' ')} in ${workspace}:\n${stderr}`)
    for (const line of stdout.split('\n').filter((text) => text.startsWith('{'))) {
      const artifact = JSON.parse(line) as Artifact
      if (artifact.reason !== 'compiler-artifact' || !artifact.package_id.startsWith('path+file')) continue
      const name = nameOf(artifact)
      const files = found.get(name) ?? new Set()
      found.set(name, files)
      for (const file of depInfoOf(artifact)) {
        const path = resolve(workspace, file)
        if (!path.startsWith(`${target}/`) && existsSync(path)) files.add(relative(workspace, path))
      }
    }
  }
  return found
}

function nameOf({ package_id: id, target, profile }: Artifact): string {
  const [, folder = '', rest = ''] = /\/([^/]*)#(.*)$/.exec(id) ?? []
  const [name, version] = rest.includes('@') ? rest.split('@') : [folder, rest]
  const [kind] = target.kind
  const crate = target.name.replaceAll('-', '_')
  const role = profile.test ? 'test' : /^(?:bin|example|custom-build)$/.test(kind!) ? 'program' : 'lib'
  return `${name} ${version} ${role} ${crate}`
}

/** What rustc wrote beside its output. */
function depInfoOf({ target, filenames }: Artifact): readonly string[] {
  const [file] = filenames
  if (file === undefined) return []
  const folder = dirname(file)
  const crate = target.name.replaceAll('-', '_')
  const stem = basename(file).replace(/^lib|\.[a-z]+$/g, '')
  const isHashed = /-[0-9a-f]{16}$/.test(stem)
  const deps = !isHashed && existsSync(join(folder, 'deps')) ? join(folder, 'deps') : folder
  return readdirSync(deps)
    .filter((name) =>
      isHashed
        ? name === `${stem}.d`
        : new RegExp(`^(?:lib)?${crate}-[0-9a-f]{16}\\.d$`).test(name) && isNewest(deps, name, crate),
    )
    .flatMap((name) => pathsIn(readFileSync(join(deps, name), 'utf8')))
}

/** Cargo links programs to a name without the hash; a test of the same name has a hash in its message. */
function isNewest(folder: string, name: string, crate: string): boolean {
  const times = readdirSync(folder)
    .filter((other) => new RegExp(`^(?:lib)?${crate}-[0-9a-f]{16}\\.d$`).test(other))
    .map((other) => statSync(join(folder, other)).mtimeMs)
  return statSync(join(folder, name)).mtimeMs === Math.max(...times)
}

function pathsIn(depInfo: string): readonly string[] {
  const rules = depInfo.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return rules.slice(0, 1).flatMap((line) =>
    line
      .slice(line.indexOf(': ') + 2)
      .split(/(?<!\\) /)
      .filter((path) => path !== '')
      .map((path) => path.replaceAll('\\ ', ' ')),
  )
}

interface Attributes {
  readonly src?: string
  readonly dir?: string
  readonly workspacePath?: string
}

/**
 * Whether files are in the sources of units.
 *
 * @param units - path of a derivation -> name of the unit
 * @returns what each unit's source lacks, as `unit: path`; a unit that is not among `units` is passed over
 */
export async function missingFiles(
  set: PackageSet,
  units: ReadonlyMap<string, string>,
  read: FilesRead,
  folderOf: (name: string) => string,
): Promise<readonly string[]> {
  const paths = [...units].filter(([, name]) => read.has(name)).map(([path]) => path)
  const command = ['--extra-experimental-features', 'nix-command', 'show-derivation', ...paths]
  const { stdout } = await runOrFail('nix', command, { env: set.env })
  const shown = JSON.parse(stdout) as Record<
    string,
    { env: Record<string, string>; inputDrvs: Record<string, unknown> }
  >
  const sources = Object.entries(shown).map(([path, { env, inputDrvs }]) => ({
    name: units.get(path)!,
    attributes: JSON.parse(env['__json'] ?? '{}') as Attributes,
    joined: Object.keys(inputDrvs).filter((drv) => drv.endsWith('-src.drv')),
  }))
  const joined = [...new Set(sources.flatMap((source) => source.joined))]
  if (joined.length > 0) await runOrFail('nix-store', ['--realise', ...joined], { env: set.env })
  return sources.flatMap(({ name, attributes: { src = '', dir = '' } }) => {
    const folder = folderOf(name)
    const lacks = [...read.get(name)!].filter((path) => !isIn(src, placeOf(path, folder, dir)))
    return lacks.map((path) => `${name}: ${path}`)
  })
}

function isIn(folder: string, place: string): boolean {
  return !place.startsWith('..') && existsSync(join(folder, place))
}

/** Where a source has a file: see `locate` in templates/sources/member-source.nix. */
function placeOf(path: string, folder: string, dir: string): string {
  if (dir === '') return relative(folder, path)
  const heightOf = (path: string): number => path.split('/').filter((part) => part === '..').length
  const down = (path: string): string => path.replaceAll('../', '')
  const height = dir.split('/').length - down(folder === '' ? '.' : folder).split('/').length
  const ups = (folder === '' ? dir.split('/').length : height + heightOf(folder)) - heightOf(path)
  return join(...Array.from({ length: Math.max(0, ups) }, () => 'up'), down(path))
}
