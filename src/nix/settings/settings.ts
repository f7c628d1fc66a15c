/**
 * Our own settings: `[workspace.metadata.cargo2nix]`, or the root package's `[package.metadata.cargo2nix]`.
 *
 * In: the unparsed table. Out: Settings with every default filled in.
 */
import { isAbsolute, resolve } from 'node:path'
import * as z from 'zod/mini'
import { isDecidingVariable } from '../../cargo/platform/deciding-keys.ts'
import { targetFacts } from '../../cargo/platform/target-table.ts'
import { startsWithPath } from '../../cargo/workspace/workspace-table.ts'
import { Cargo2NixError } from '../../errors.ts'
import { checkerOf, isFileName, isFilled, type Check } from './checked-setting.ts'
import { parseDeploy, type DeploySettings } from './deploy-settings.ts'
import { parseRelease, type ReleaseSettings } from './release-settings.ts'
import { byName, Strings } from './schemas.ts'
import { withMaps } from './schema-shape.ts'
import { settingsError } from './settings-error.ts'
import { tripleAt } from './triple-at.ts'
import { DEFAULT_HOSTS } from '../platform/platform.ts'
import { recordOf } from '../../record.ts'

/** A named build: which packages to build, with which features. */
export interface BuildSettings {
  /** Package id specs; undefined: all members. */
  readonly packages: readonly string[] | undefined
  readonly exclude: readonly string[]
  readonly features: readonly string[]
  readonly allFeatures: boolean
  readonly noDefaultFeatures: boolean
  readonly profile: string | undefined
}

/** `fetchgit`: nixpkgs', fixed-output by hash. `fetchGit`: Nix's own, which can use the user's keys. */
export type GitFetcher = 'fetchgit' | 'fetchGit'

/** Where the generated files get the runtime from. */
export type RuntimeSource = 'file' | 'argument'

/** How to link programs for one target; undefined: rustc's default. */
export interface TargetSettings {
  readonly static: boolean | undefined
  readonly relocationModel: string | undefined
}

/** Which libraries have an interface: listed by package name, or those that `heavyLibraries` finds. */
export type InterfaceSettings = 'heavy' | 'none' | 'all' | readonly string[]

export interface ToolchainSettings {
  /** Undefined: `dist` if a toolchain is pinned, else `nixpkgs`. */
  readonly provider: 'nixpkgs' | 'dist' | undefined
  /** Overrides the one in `rust-toolchain.toml`, as do the fields below. */
  readonly channel: string | undefined
  readonly components: readonly string[] | undefined
  readonly profile: string | undefined
}

export interface Settings {
  /** Rust triples of the platforms that build. */
  readonly hosts: readonly string[]
  /** Default hosts may lack a toolchain; hosts the user listed must have one. */
  readonly hostsFrom: 'user' | 'default'
  /** Rust triples besides the hosts themselves, which are always targets, too. */
  readonly targets: readonly string[]
  /** Keyed by Rust triple. */
  readonly target: Readonly<Record<string, TargetSettings>>
  /** Keyed by name; `default` is what `packages` and `targets` of the generated Nix are built from. */
  readonly builds: Readonly<Record<string, BuildSettings>>
  /** Keyed by a prefix of a repository's URL; `''` applies to all. */
  readonly git: Readonly<Record<string, GitFetcher>>
  readonly toolchain: ToolchainSettings
  /** Download templates keyed by registry index, as `dl` in its `config.json`. */
  readonly registries: Readonly<Record<string, string>>
  /** `argument`: the runtime is not written, but passed to Cargo.nix as the argument `cargo2nix`. */
  readonly runtime: RuntimeSource
  readonly interfaces: InterfaceSettings
  /**
   * A directory of vendored packages outside of the workspace that everybody has; relative to the workspace.
   */
  readonly vendored: string | undefined
  /** Variables that count like the configuration in the repository. */
  readonly environment: readonly string[]
  /** Compile for the build platform, too, as cargo does with `--target`. */
  readonly explicitTarget: boolean
  /** Undefined: the table `release` is absent. */
  readonly release: ReleaseSettings | undefined
  /** Keyed by member. */
  readonly deploy: Readonly<Record<string, DeploySettings>>
}

const BuildTable = z.strictObject({
  packages: z.optional(Strings),
  exclude: z.optional(Strings),
  features: z.optional(Strings),
  'all-features': z.optional(z.boolean()),
  'no-default-features': z.optional(z.boolean()),
  profile: z.optional(z.string()),
})

const Fetcher = z.enum(['fetchgit', 'fetchGit'])

/** Values of `rustc -C relocation-model`. */
const RELOCATION_MODELS = ['static', 'pic', 'pie', 'dynamic-no-pic', 'ropi', 'rwpi', 'ropi-rwpi', 'default']

const TargetTable = z.strictObject({
  static: z.optional(z.boolean()),
  'relocation-model': z.optional(z.enum(RELOCATION_MODELS)),
})

const ToolchainTable = z.strictObject({
  provider: z.optional(z.enum(['nixpkgs', 'dist'])),
  channel: z.optional(z.string()),
  components: z.optional(Strings),
  profile: z.optional(z.enum(['minimal', 'default', 'complete'])),
})

const Table = z.strictObject({
  targets: z.optional(Strings),
  hosts: z.optional(Strings),
  target: z.optional(byName(TargetTable)),
  builds: z.optional(byName(BuildTable)),
  toolchain: z.optional(ToolchainTable),
  git: z.optional(z.union([Fetcher, byName(Fetcher)])),
  registries: z.optional(byName(z.string())),
  vendored: z.optional(z.string()),
  runtime: z.optional(z.enum(['file', 'argument'])),
  environment: z.optional(Strings),
  'explicit-target': z.optional(z.boolean()),
  interfaces: z.optional(z.union([z.enum(['heavy', 'none', 'all']), Strings])),
  release: z.optional(z.unknown()),
  deploy: z.optional(z.unknown()),
})

const EVERYTHING: BuildSettings = {
  packages: undefined,
  exclude: [],
  features: [],
  allFeatures: false,
  noDefaultFeatures: false,
  profile: undefined,
}

/**
 * Validates the table; `path` is the manifest that holds it.
 *
 * @throws Cargo2NixError `bad-settings` for an unknown key or a value of the wrong type, `unknown-target`.
 */
export function parseSettings(table: unknown, path: string): Settings {
  const parsed = z.safeParse(Table, withMaps(Table, table ?? {}))
  if (!parsed.success) {
    throw settingsError(parsed.error.issues[0]!, { name: 'metadata.cargo2nix', table, path, schema: Table })
  }
  const {
    targets,
    hosts,
    target,
    builds,
    git,
    toolchain,
    registries,
    vendored,
    runtime,
    environment,
    interfaces,
    release,
    deploy,
  } = parsed.data
  const check = checkerOf('', path)
  check('hosts', hosts, isFilled, 'at least one platform that builds, or leave the key out')
  check('vendored', vendored, isBelowSomewhere, 'a path relative to the workspace: "../vendor"')
  check('toolchain.channel', toolchain?.channel, isFilled, 'a channel: "stable", "1.95"')
  for (const name of toolchain?.components ?? [])
    check('toolchain.components', name, isFileName, 'names of components: ["clippy", "rust-src"]')
  for (const [name, build] of builds ?? []) checkBuild(name, build, check)
  const triples = (key: string, names: readonly string[]): readonly string[] => [
    ...new Set(names.map((name) => tripleAt(key, name, path))),
  ]
  const platforms = {
    hosts: hosts === undefined ? DEFAULT_HOSTS : triples('hosts', hosts),
    targets: triples('targets', targets ?? []),
  }
  const named = {
    targets: [...new Set([...platforms.targets, ...platforms.hosts])],
    builds: ['default', ...(builds?.keys() ?? [])],
  }
  return {
    ...platforms,
    hostsFrom: hosts === undefined ? 'default' : 'user',
    registries: recordOf(registries ?? []),
    vendored,
    runtime: runtime ?? 'file',
    explicitTarget: parsed.data['explicit-target'] ?? false,
    environment: (environment ?? []).map((name) => checkedVariable(name, path)),
    interfaces: interfaces ?? 'heavy',
    release: release === undefined ? undefined : parseRelease(release, path, named),
    deploy: parseDeploy(deploy ?? {}, path, named),
    git: typeof git === 'string' ? { '': git } : recordOf(git ?? []),
    toolchain: {
      provider: toolchain?.provider,
      channel: toolchain?.channel,
      components: toolchain?.components,
      profile: toolchain?.profile,
    },
    target: recordOf([...(target ?? [])].map((entry) => toTarget(entry, path))),
    builds: recordOf([['default', EVERYTHING], ...[...(builds ?? [])].map(toBuild)]),
  }
}

function isBelowSomewhere(folder: string): boolean {
  return folder !== '' && !isAbsolute(folder)
}

function checkBuild(name: string, { packages, exclude }: z.infer<typeof BuildTable>, check: Check): void {
  const key = `builds.${name}`
  check(`${key}.packages`, packages, isFilled, 'at least one member, or leave the key out for all of them')
  const isUseless = packages !== undefined && exclude !== undefined
  check(`${key}.exclude`, exclude, () => !isUseless, 'either `packages` or `exclude`')
}

function toTarget(
  [name, table]: [string, z.infer<typeof TargetTable>],
  path: string,
): [string, TargetSettings] {
  const triple = tripleAt(`target.${name}`, name, path)
  const crtStatic = targetFacts(triple)?.crtStatic
  if (table.static !== undefined && crtStatic?.respected === false && crtStatic.default !== table.static) {
    throw new Cargo2NixError({
      code: 'bad-settings',
      path,
      message: `metadata.cargo2nix.target.${name}.static: rustc links programs for \`${triple}\` ${crtStatic.default ? 'statically' : 'dynamically'}, whatever is asked for`,
      hint: 'take the setting out',
    })
  }
  return [triple, { static: table.static, relocationModel: table['relocation-model'] }]
}

function toBuild([name, table]: [string, z.infer<typeof BuildTable>]): [string, BuildSettings] {
  return [
    name,
    {
      packages: table.packages,
      exclude: table.exclude ?? [],
      features: table.features ?? [],
      allFeatures: table['all-features'] ?? false,
      noDefaultFeatures: table['no-default-features'] ?? false,
      profile: table.profile,
    },
  ]
}

function checkedVariable(name: string, path: string): string {
  if (isDecidingVariable(name)) return name
  throw new Cargo2NixError({
    code: 'bad-settings',
    path,
    message: `metadata.cargo2nix.environment: \`${name}\` is not a variable that cargo compiles by`,
    hint: 'name RUSTFLAGS, RUSTDOCFLAGS, or one of CARGO_BUILD_*, CARGO_TARGET_<TRIPLE>_* and CARGO_PROFILE_<NAME>_*; other variables are set in `[env]` of .cargo/config.toml',
  })
}

/** The variables that count. Needed before the table is validated. */
export function countingVariables(table: unknown): ReadonlySet<string> {
  const parsed = z.safeParse(z.looseObject({ environment: Strings }), table)
  return new Set(parsed.success ? parsed.data.environment.filter(isDecidingVariable) : [])
}

/** The targets that the settings name. Needed before the table is validated. */
export function targetsNamed(table: unknown): readonly string[] {
  const parsed = z.safeParse(z.looseObject({ targets: Strings }), table)
  return parsed.success ? parsed.data.targets : []
}

/**
 * Which directories everybody has: those in the workspace, and the one that `vendored` names. Needed before
 * the table is validated.
 */
export function sharedFolders(table: unknown, root: string): (folder: string) => boolean {
  const parsed = z.safeParse(z.looseObject({ vendored: z.string() }), table)
  const tops = [root, ...(parsed.success ? [resolve(root, parsed.data.vendored)] : [])]
  return (folder) => tops.some((top) => startsWithPath(folder, top))
}
