/** A workspace that uses `packages.ts` and a repository, in the shell that answers cargo from the store. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generated, machinePackageSet, nixBuild, type PackageSet } from '../builds/package-set.ts'
import { shellOutput } from '../builds/dev-shell.ts'
import { serveRepositories } from '../git-server.ts'
import { cargo2nixOrFail, run, runOrFail, type Finished } from '../program.ts'
import { registryServer, type ServedPackage } from '../registry-server.ts'
import { repository, writeFiles } from '../registry.ts'
import type { Files } from '../folder.ts'
import { GITTY, packagesOf } from './packages.ts'

const member = (name: string, dependencies: string): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n${dependencies}`

const of = (name: string, more = ''): string => `${name} = { version = "0.1", registry = "mine"${more} }\n`

const files = (repositories: string): Files => ({
  'Cargo.toml':
    '[workspace]\nmembers = ["core", "app", "solo", "loader"]\nresolver = "2"\n[workspace.metadata.cargo2nix.builds.alone]\npackages = ["solo"]\n',
  'core/Cargo.toml': member('core', of('plain', ', features = ["extra"]') + of('user')),
  'core/src/lib.rs': 'pub fn core() -> String { format!("core {}\\n{}", plain::plain(), user::user()) }\n',
  'app/Cargo.toml': `${member(
    'app',
    `core = { path = "../core" }\ngitty = { git = "${repositories}/gitty" }\n${of('maker')}${of('several')}`,
  )}[dev-dependencies]\n${of('plain')}`,
  'app/src/main.rs': `fn main() {
    println!("{}\\n{}\\n{}\\n{}", core::core(), maker::make!(), gitty::gitty(), several::several());
}
`,
  'app/tests/adds.rs': '#[test]\nfn adds() { assert!(plain::plain().contains("extra")) }\n',
  // Alone it wants fewer features than beside the others.
  'solo/Cargo.toml': member('solo', of('plain')),
  'solo/src/main.rs': 'fn main() { println!("{}", plain::plain()) }\n',
  'loader/Cargo.toml': member('loader', of('above') + of('shared') + of('searches')),
  'loader/src/main.rs':
    'extern crate searches;\nfn main() { println!("{} {}", above::above(), shared::shared()) }\n',
})

/** A line for each call that the wrapper has seen. */
export interface Calls {
  readonly hits: readonly string[]
  /** By package and crate, why. */
  readonly misses: Readonly<Record<string, string>>
  readonly plain: readonly string[]
}

export interface WarmRun extends Finished, Calls {}

export interface CargoOptions {
  /** Name of a target directory (default: a new one). */
  readonly target?: string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Cargo as it is without our wrapper. */
  readonly isPlain?: boolean
  /** A shell script that runs cargo as `"$@"`, in a mount namespace of its own. */
  readonly around?: string
}

/** What `warmWorkspace` enters. */
const WARM = 'cargo.shell.override { warm = true; profiles = [ "dev" "release" ]; }'

export interface WarmWorkspace {
  readonly folder: string
  readonly path: string
  readonly home: string
  readonly set: PackageSet
  /** The environment of the shell. */
  readonly shell: NodeJS.ProcessEnv
  readonly targetOf: (name: string) => string
  /** The environment of another shell of the same workspace, entered with these variables. */
  readonly enter: (shell: string, variables?: NodeJS.ProcessEnv) => Promise<NodeJS.ProcessEnv>
  readonly cargo: (args: readonly string[], options?: CargoOptions) => Promise<WarmRun>
  readonly remove: () => Promise<void>
}

interface Setting {
  /** The workspace's directory, in one of its own (default: `work`). */
  readonly directory?: string
  /** Default: the machine's own. */
  readonly packageSet?: PackageSet
  /** Of `generate`. */
  readonly flags?: readonly string[]
}

/** Serves the packages, makes the workspace, changes it, and enters its shell. */
export async function warmWorkspace(
  entered: string = WARM,
  change: (path: string) => void = () => {},
  { packageSet, flags = [], directory = 'work' }: Setting = {},
): Promise<WarmWorkspace> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-warm-')))
  const packages: ServedPackage[] = []
  const registry = await registryServer({ mine: { dl: 'dl', packages } })
  // Their manifests name the registry.
  packages.push(...packagesOf(registry.indexOf('mine')))
  const served = join(folder, 'served')
  mkdirSync(served)
  repository(
    join(served, 'gitty'),
    {
      'Cargo.toml': '[package]\nname = "gitty"\nversion = "0.1.0"\nedition = "2021"\n',
      ...GITTY,
    },
    [],
  )
  const repositories = await serveRepositories(served)
  const path = join(folder, directory)
  writeFiles(path, {
    ...files(repositories.url),
    '.cargo/config.toml': `[registries.mine]\nindex = "${registry.indexOf('mine')}"\n`,
  })
  change(path)
  const machine = packageSet ?? (await machinePackageSet())
  const home = join(folder, 'home')
  const { CARGO_TARGET_DIR: _, RUSTFLAGS: __, RUSTC_WRAPPER: ___, ...inherited } = machine.env
  const env = { ...inherited, CARGO_HOME: home, XDG_CACHE_HOME: join(folder, 'cache') }
  const set = { ...machine, env }
  await runOrFail('cargo', ['generate-lockfile'], { cwd: path, env })
  await runOrFail('cargo', ['update', '--package=plain', '--precise=0.1.0'], { cwd: path, env })
  await cargo2nixOrFail(['generate', ...flags], { cwd: path, env })

  const enter = async (shell: string, variables = {}): Promise<NodeJS.ProcessEnv> => {
    const options = { shell: `cargo: ${shell}`, env: variables }
    const text = await shellOutput(set, path, 'env --null', options)
    const pairs = text.split('\0').filter((line) => line.includes('='))
    return Object.fromEntries(
      pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
  }
  const shell = await enter(entered)
  let count = 0
  const targetOf = (name: string): string => join(folder, 'targets', name)
  const cargo = async (args: readonly string[], options: CargoOptions = {}): Promise<WarmRun> => {
    count += 1
    const log = join(folder, `log-${count}`)
    writeFiles(folder, { [`log-${count}`]: '' })
    const own: NodeJS.ProcessEnv = {
      ...shell,
      CARGO_TARGET_DIR: targetOf(options.target ?? `target-${count}`),
      WARM_RUSTC_LOG: log,
      ...options.env,
    }
    if (options.isPlain === true) delete own['RUSTC_WRAPPER']
    const { around } = options
    const [program, ...words] =
      around === undefined ? ['cargo'] : ['unshare', '--mount', 'sh', '-c', around, 'sh', 'cargo']
    const finished = await run(program!, [...words, ...args], { cwd: options.cwd ?? path, env: own })
    return { ...finished, ...callsOf(readFileSync(log, 'utf8')) }
  }
  const remove = async (): Promise<void> => {
    await Promise.all([registry.close(), repositories.close()])
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, path, home, set, shell, targetOf, enter, cargo, remove }
}

export function callsOf(log: string): Calls {
  const lines = log.split('\n').map((line) => line.replace(/ \[\d+ us\]$/, ''))
  const withKind = (kind: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1))
  const misses = new Map<string, string>()
  for (const line of withKind('miss')) {
    const at = line.indexOf(': ')
    const name = line.slice(0, at)
    misses.set(name, [misses.get(name) ?? [], line.slice(at + 2)].flat().join('\n'))
  }
  return { hits: withKind('hit'), misses: Object.fromEntries(misses), plain: withKind('plain') }
}

/** Builds an attribute of what was generated in it. */
export async function built({ set, path }: WarmWorkspace, attribute: string): Promise<string> {
  return (await nixBuild(set, generated(path, set), [attribute]))[0]!
}
