/**
 * Which toolchain a workspace requests, and whether it has it.
 *
 * In: our settings, rustup's toolchain file, and the pin, if there is one. Out: a ToolchainChoice, which
 * `render-toolchain.ts` renders.
 * The settings override the file. Without a provider in the settings, a pin is used if there is one; else the
 * toolchain is nixpkgs' own, and Nix checks its version against the file during evaluation.
 */
import { relative } from 'node:path'
import { parseChannel, satisfies, type Channel } from '../../cargo/workspace/toolchain-channel.ts'
import type { ToolchainFile } from '../../cargo/workspace/toolchain-file.ts'
import { Cargo2NixError } from '../../errors.ts'
import type { Settings, ToolchainSettings } from '../settings/settings.ts'
import { archiveOf, pinnedName, type ToolchainPin } from './toolchain-pin.ts'

export interface ToolchainRequest {
  readonly provider: 'nixpkgs' | 'dist' | undefined
  /** Undefined: any will do. */
  readonly channel: Channel | undefined
  /** Where the request comes from: a path relative to the workspace, or our table. */
  readonly from: string | undefined
  readonly components: readonly string[]
  /** Triples that `rust-toolchain.toml` wants besides the machine's own. */
  readonly targets: readonly string[]
  readonly profile: string | undefined
  /** A directory of the machine, which generated Nix cannot refer to. */
  readonly toolchainPath: string | undefined
}

/** Merges the settings with the file; `root` is the workspace's directory. */
export function requestToolchain(
  settings: ToolchainSettings,
  file: ToolchainFile | undefined,
  root: string,
): ToolchainRequest {
  const named = settings.channel === undefined ? undefined : parseChannel(settings.channel)
  return {
    provider: settings.provider,
    channel: named ?? file?.channel,
    from: named === undefined ? file && relative(root, file.path) : 'metadata.cargo2nix.toolchain',
    components: [...new Set(settings.components ?? file?.components)],
    targets: file?.targets ?? [],
    profile: settings.profile ?? file?.profile,
    toolchainPath: named === undefined ? file?.toolchainPath : undefined,
  }
}

export type ToolchainChoice =
  | {
      readonly provider: 'nixpkgs'
      /** The channel that nixpkgs' rustc is checked against. */
      readonly channel: string | undefined
    }
  | {
      readonly provider: 'dist'
      readonly pin: ToolchainPin
      /** Standard libraries for a shell, besides the targets of the matrix. */
      readonly extraTargets: readonly string[]
    }

export interface ChosenToolchain {
  readonly choice: ToolchainChoice
  /** How the pin differs from the request; `toolchain update` resolves it. */
  readonly stale: readonly string[]
  readonly notes: readonly string[]
}

const UPDATE = '`cargo2nix-ts toolchain update`'

/** The platforms a toolchain is for. */
export interface ToolchainPlatforms {
  /** Triples of the build platforms. */
  readonly hosts: readonly string[]
  readonly hostsFrom: Settings['hostsFrom']
  /** Triples of the other platforms of the matrix. */
  readonly targets: readonly string[]
}

/** What compiling needs, on any platform. */
export const COMPILER: readonly string[] = ['rustc', 'cargo', 'rust-std']

/**
 * Chooses a toolchain.
 *
 * @throws Cargo2NixError `not-pinned` if the distribution is requested but not pinned for the build
 *   platforms.
 */
export function chooseToolchain(
  request: ToolchainRequest,
  pin: ToolchainPin | undefined,
  { hosts, hostsFrom, targets }: ToolchainPlatforms,
): ChosenToolchain {
  if (request.provider === 'nixpkgs' || (request.provider === undefined && pin === undefined)) {
    return nixpkgsToolchain(request, pin)
  }
  if (pin === undefined) {
    throw new Cargo2NixError({
      code: 'not-pinned',
      message: 'metadata.cargo2nix.toolchain.provider is `dist`, but no toolchain is pinned',
      hint: `run ${UPDATE}, which needs the network once`,
    })
  }
  const has = (component: string, triple: string): boolean =>
    archiveOf(pin.archives, component, triple) !== undefined
  const lacking = hosts.flatMap((host) => {
    const component = COMPILER.find((name) => !has(name, host))
    return component === undefined ? [] : [{ host, component }]
  })
  const [first] = lacking
  if (first !== undefined && (hostsFrom === 'user' || lacking.length === hosts.length)) {
    throw notPinned(first.component, first.host, pin)
  }
  const idle = lacking.map(
    ({ host, component }) =>
      `note: Rust ${pin.release}, as it is pinned, has no ${component} for ${host}: nothing can be built on it`,
  )
  const matrix = new Set([...hosts, ...targets])
  const extra = request.targets.filter((triple) => !matrix.has(triple)).toSorted()
  const unbuildable = [...new Set([...targets, ...extra])]
    .filter((triple) => !has('rust-std', triple) && !hosts.includes(triple))
    .map((triple) => `note: Rust ${pin.release} has no rust-std for ${triple}: nothing can be built for it`)
  return {
    choice: { provider: 'dist', pin, extraTargets: extra.filter((triple) => has('rust-std', triple)) },
    stale: disagreements(request, pin),
    notes: [...idle, ...unbuildable],
  }
}

function notPinned(component: string, host: string, { release }: ToolchainPin): Cargo2NixError {
  return new Cargo2NixError({
    code: 'not-pinned',
    message: `the pinned toolchain (${release}) has no ${component} for ${host}, which is one of the hosts`,
    hint: `run ${UPDATE}, or take ${host} out of \`hosts\` in the metadata table`,
  })
}

function nixpkgsToolchain(request: ToolchainRequest, pin: ToolchainPin | undefined): ChosenToolchain {
  const { channel, toolchainPath, from } = request
  const notes = []
  if (toolchainPath !== undefined) {
    notes.push(
      `note: ${from} names ${toolchainPath}, which only this machine has: nixpkgs' toolchain is taken, or give \`toolchain\``,
    )
  }
  if (channel !== undefined && channel.track === undefined) {
    notes.push(
      `note: ${from} names \`${channel.name}\`, which is no channel of Rust: nixpkgs' toolchain is taken, or give \`toolchain\``,
    )
  }
  if (channel?.track !== undefined && /^(?:nightly|beta)/.test(channel.track)) {
    notes.push(`note: ${from} asks for ${channel.name}, which nixpkgs does not have: ${UPDATE} pins it`)
  }
  if (pin !== undefined) notes.push("note: a toolchain is pinned, but the settings say to take nixpkgs'")
  const isHeld = channel?.track !== undefined && channel.track !== 'stable'
  // A platform in the name says nothing of the version.
  const wanted = [channel?.track, channel?.date].filter((part) => part !== undefined).join('-')
  return { choice: { provider: 'nixpkgs', channel: isHeld ? wanted : undefined }, stale: [], notes }
}

function disagreements(
  { channel, from, components, profile }: ToolchainRequest,
  pin: ToolchainPin,
): string[] {
  const lines = []
  if (channel !== undefined && !satisfies(pin, channel)) {
    lines.push(`${from} asks for ${channel.name}, pinned is ${describePin(pin)}`)
  }
  const lacking = components.filter(
    (name) => !name.startsWith('rust-std-') && pinnedName(pin.archives, name) === undefined,
  )
  if (lacking.length > 0)
    lines.push(`${from ?? 'the workspace'} asks for ${lacking.join(' and ')}, not pinned`)
  if (profile !== undefined && profile !== pin.profile) {
    lines.push(
      `${from ?? 'the workspace'} asks for the profile ${profile}, pinned is ${pin.profile ?? 'none'}`,
    )
  }
  return lines
}

/** `1.95.0 (stable, 2026-04-16)`. */
export function describePin({ release, channel, date }: ToolchainPin): string {
  const named = channel === release ? '' : `${channel}, `
  return `${release} (${named}${date})`
}
