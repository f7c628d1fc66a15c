/**
 * Turns the manifest of a channel into a pin.
 *
 * In: the parsed `channel-rust-….toml` (version 2), and what the workspace requests. Out: ToolchainPin.
 * Mirrors rustup's `src/dist/manifest.rs` (1.29): components are renamed by `renames`, a component without a
 * platform is under `*`, and `available = false` marks one that was not built that day.
 */
import * as z from 'zod/mini'
import { Cargo2NixError } from '../../errors.ts'
import { archiveOf, DIST_SERVER, type Archive, type Archives, type ToolchainPin } from './toolchain-pin.ts'
import { DEFAULT_HOSTS } from '../platform/platform.ts'
import { COMPILER, type ToolchainPlatforms, type ToolchainRequest } from './toolchain-request.ts'
import { recordOf } from '../../record.ts'

interface ArchiveTable {
  readonly available: boolean
  readonly url?: string | undefined
  readonly hash?: string | undefined
  readonly xz_url?: string | undefined
  readonly xz_hash?: string | undefined
}

/** The parts of a manifest that matter here. */
export interface ChannelManifest {
  readonly date: string
  readonly pkg: Readonly<
    Record<string, { readonly version: string; readonly target: Readonly<Record<string, ArchiveTable>> }>
  >
  readonly renames?: Readonly<Record<string, { readonly to: string }>> | undefined
  readonly profiles?: Readonly<Record<string, readonly string[]>> | undefined
}

const text = z.optional(z.string())
const Target = z.object({ available: z.boolean(), url: text, hash: text, xz_url: text, xz_hash: text })
const Manifest = z.object({
  'manifest-version': z.literal('2'),
  date: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day')),
  pkg: z.record(z.string(), z.object({ version: z.string(), target: z.record(z.string(), Target) })),
  renames: z.optional(z.record(z.string(), z.object({ to: z.string() }))),
  profiles: z.optional(z.record(z.string(), z.array(z.string()))),
})

/**
 * Validates the parsed TOML; `url` is where it comes from.
 *
 * @throws Cargo2NixError `not-distributed` if it is not such a manifest.
 */
export function parseChannelManifest(document: unknown, url: string): ChannelManifest {
  const parsed = z.safeParse(Manifest, document)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new Cargo2NixError({
    code: 'not-distributed',
    path: url,
    message: `no channel manifest of version 2: ${issue.path.join('.') || 'the file'}: ${issue.message}`,
    hint: 'see whether RUSTUP_DIST_SERVER names a server of Rust distributions, and take a channel from 2016 or later',
  })
}

export interface PinRequest {
  readonly request: ToolchainRequest
  /** The name to give the pin. */
  readonly channel: string
  /** Without a trailing slash. */
  readonly server: string
  readonly platforms: Pick<ToolchainPlatforms, 'hosts' | 'hostsFrom'>
}

export interface PinResult {
  readonly pin: ToolchainPin
  readonly notes: readonly string[]
}

/**
 * Pins what the workspace needs from a channel. Requested components must exist for each build platform that
 * somebody named; clippy and the profile's components are pinned where they exist.
 *
 * @throws Cargo2NixError `not-distributed` for a component that does not exist, or not for a build platform.
 */
export function pinChannel(manifest: ChannelManifest, wanted: PinRequest): PinResult {
  const { request, channel, server, platforms } = wanted
  const { hosts, hostsFrom } = platforms
  const asked = request.components
    // Every standard library is pinned anyway.
    .filter((name) => !name.startsWith('rust-std-'))
    .map((name) => knownComponent(manifest, renamed(manifest, name), channel))
  const required = [...new Set([...COMPILER, ...asked])]
  const isThere = (component: string, host: string): boolean =>
    archiveOf(archivesOf(manifest, component, server, [host]), component, host) !== undefined
  const building = hosts.filter(
    (host) => hostsFrom === 'user' || COMPILER.every((name) => isThere(name, host)),
  )
  for (const component of required) {
    const lacking = (building.length === 0 ? hosts : building).find((host) => !isThere(component, host))
    if (lacking !== undefined) throw missing(component, lacking, channel)
  }
  const expected = ['clippy-preview', ...profileComponents(manifest, request.profile)].filter(
    (name) => !required.includes(name),
  )
  const optional = expected.filter((name) => building.some((host) => isThere(name, host)))
  const notes = [...new Set(['clippy-preview', ...optional])].flatMap((name) =>
    building
      .filter((host) => !isThere(name, host))
      .map((host) => `note: \`${channel}\` has no ${name} for ${host}`),
  )
  const rows = [...new Set([...required, ...optional])].map((name) =>
    archivesOf(manifest, name, server, name === 'rust-std' ? undefined : [...DEFAULT_HOSTS, ...hosts]),
  )
  const archives: Archives = Object.assign({}, ...rows)
  const release = manifest.pkg['rustc']!.version.split(' ')[0]!
  return {
    pin: { channel, release, date: manifest.date, server, profile: request.profile, archives },
    notes,
  }
}

/** Leaves the manual out of a profile: 20 MB per update that a build never uses. */
function profileComponents(manifest: ChannelManifest, profile = 'default'): readonly string[] {
  return (manifest.profiles?.[profile] ?? []).filter((name) => name !== 'rust-docs')
}

function renamed({ renames = {} }: ChannelManifest, name: string): string {
  return Object.hasOwn(renames, name) ? renames[name]!.to : name
}

function knownComponent({ pkg }: ChannelManifest, name: string, channel: string): string {
  if (Object.hasOwn(pkg, name)) return name
  throw new Cargo2NixError({
    code: 'not-distributed',
    message: `\`${channel}\` has no component \`${name}\``,
    hint: `it has: ${Object.keys(pkg).join(', ')}`,
  })
}

function missing(component: string, host: string, channel: string): Cargo2NixError {
  const nightly = channel.startsWith('nightly')
    ? 'pin the build of another day (`cargo2nix-ts toolchain update nightly-YYYY-MM-DD`), or '
    : ''
  return new Cargo2NixError({
    code: 'not-distributed',
    message: `\`${channel}\` has no ${component} for ${host}, which is one of the hosts`,
    hint: `${nightly}take ${host} out of the platforms that build (\`hosts\` in the metadata table, or --host)`,
  })
}

/** The archives of one component for some platforms, or for all; omits those that are not distributed. */
function archivesOf(
  { pkg }: ChannelManifest,
  component: string,
  server: string,
  triples?: readonly string[],
): Archives {
  const targets = Object.hasOwn(pkg, component) ? pkg[component]!.target : {}
  const names = Object.keys(targets).filter((name) => name === '*' || (triples?.includes(name) ?? true))
  const found = names.flatMap((name): readonly (readonly [string, Archive])[] => {
    const { available, url, hash, xz_url: xzUrl, xz_hash: xzHash } = targets[name]!
    if (!available) return []
    if (xzUrl !== undefined && xzHash !== undefined)
      return [[name, { path: below(server, xzUrl), sha256: xzHash }]]
    return url === undefined || hash === undefined ? [] : [[name, { path: below(server, url), sha256: hash }]]
  })
  return { [component]: recordOf(found) }
}

/** Manifests name the official server; other servers mirror it. */
function below(server: string, url: string): string {
  const base = [server, DIST_SERVER].find((each) => url.startsWith(`${each}/`))
  if (base !== undefined) return url.slice(base.length + 1)
  throw new Cargo2NixError({
    code: 'not-distributed',
    message: `the manifest names \`${url}\`, which is not on ${server}`,
    hint: 'set RUSTUP_DIST_SERVER to the server whose manifest this is',
  })
}
