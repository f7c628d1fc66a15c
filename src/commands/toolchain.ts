/** `toolchain`: shows which Rust the generated Nix uses, or pins one from Rust's distribution. */
import { relative } from 'node:path'
import { parseChannel, type Channel } from '../cargo/workspace/toolchain-channel.ts'
import { Cargo2NixError } from '../errors.ts'
import { downloadChannel } from '../io/toolchain/download-channel.ts'
import { readPin } from '../io/toolchain/read-pin.ts'
import { parseChannelManifest, pinChannel } from '../nix/toolchain/channel-manifest.ts'
import { archiveOf, PIN_FILE, type ToolchainPin } from '../nix/toolchain/toolchain-pin.ts'
import {
  chooseToolchain,
  describePin,
  requestToolchain,
  type ToolchainPlatforms,
  type ToolchainRequest,
} from '../nix/toolchain/toolchain-request.ts'
import { generate } from './generate.ts'
import { generatedFolder, type GenerateFlags } from './generated-files.ts'
import { openWorkspace } from './open-workspace.ts'
import type { CommandOutcome, Report } from './outcome.ts'
import { workspaceSettings } from './workspace-settings.ts'

/** What both subcommands look at. */
interface Situation {
  readonly request: ToolchainRequest
  /** Absolute. */
  readonly folder: string
  readonly platforms: ToolchainPlatforms
  readonly notes: readonly string[]
}

function situation(flags: GenerateFlags, report: Report): Situation {
  const { local } = openWorkspace(flags, report)
  const { settings, notes } = workspaceSettings(local, flags)
  const folder = generatedFolder(local.root, flags)
  return {
    request: requestToolchain(settings.toolchain, local.toolchainFile, local.root),
    folder,
    platforms: settings,
    notes,
  }
}

/**
 * Shows what is requested, what is pinned, and where each comes from.
 *
 * @throws Cargo2NixError if `generate` would fail because of the toolchain.
 */
export function showToolchain(flags: GenerateFlags, report: Report): CommandOutcome {
  const { request, folder, platforms, notes } = situation(flags, report)
  const { choice, stale, notes: more } = chooseToolchain(request, readPin(folder), platforms)
  const warnings = [...notes, ...more, ...stale.map((line) => `warning: ${line}`)]
  const { channel, from, components, profile } = request
  const asked = [
    channel?.name ?? request.toolchainPath ?? 'any channel',
    ...(profile === undefined ? [] : [`profile ${profile}`]),
    ...(components.length === 0 ? [] : [`with ${components.join(', ')}`]),
    ...(from === undefined ? [] : [`by ${from}`]),
  ].join(', ')
  const rows: readonly (readonly [string, string])[] = [
    ['provider', choice.provider],
    ['asked for', asked],
    ...(choice.provider === 'dist' ? pinRows(choice.pin, folder, platforms) : []),
  ]
  const output = rows.map(([name, value]) => `${name.padEnd(13)}${value}`).join('\n')
  const pinned = choice.provider === 'dist' ? choice.pin : null
  return {
    output,
    notes: warnings,
    exitCode: 0,
    result: { provider: choice.provider, asked: request, pinned, stale },
  }
}

function pinRows(
  pin: ToolchainPin,
  folder: string,
  { hosts, targets }: ToolchainPlatforms,
): readonly (readonly [string, string])[] {
  const programs = (host: string): string =>
    Object.keys(pin.archives)
      .filter((name) => name !== 'rust-std' && archiveOf(pin.archives, name, host) !== undefined)
      .join(' ')
  const hasStd = (triple: string): boolean => archiveOf(pin.archives, 'rust-std', triple) !== undefined
  const matrix = [...new Set([...hosts, ...targets])].toSorted()
  const without = matrix.filter((triple) => !hasStd(triple))
  return [
    ['pinned', describePin(pin)],
    ['in', `${shown(folder)}/${PIN_FILE}`],
    ['from', pin.server],
    ...hosts.map((host): readonly [string, string] => [
      'builds on',
      `${host}: ${programs(host) || 'nothing'}`,
    ]),
    ['rust-std', matrix.filter(hasStd).join(' ')],
    ...(without.length === 0 ? [] : [['no rust-std', without.join(' ')] as const]),
  ]
}

/** As a user would write the path. */
function shown(path: string): string {
  return path.startsWith('/') ? relative(process.cwd(), path) || '.' : path
}

/**
 * Pins the current release of a channel, then generates.
 *
 * @param name of a channel; by default what the workspace requests, what was pinned, or `stable`
 * @throws Cargo2NixError `unknown-channel`, `not-distributed`, `network`; nothing is written then.
 */
export async function updateToolchain(
  name: string | undefined,
  flags: GenerateFlags,
  report: Report,
): Promise<CommandOutcome> {
  const { request, folder, platforms } = situation(flags, report)
  const before = pinBefore(folder)
  const channel = channelToPin(name, request, before)
  report(`downloading the manifest of ${channel.name}`)
  const { url, server, document } = await downloadChannel(channel, process.env)
  const manifest = parseChannelManifest(document, url)
  const { pin, notes } = pinChannel(manifest, { request, channel: channel.name, server, platforms })
  const outcome = await generate(flags, report, pin)
  const was =
    before === undefined || describePin(before) === describePin(pin) ? '' : `, was ${describePin(before)}`
  const unused =
    request.provider === 'nixpkgs'
      ? ['note: it is not used: metadata.cargo2nix.toolchain.provider is `nixpkgs`']
      : []
  return {
    ...outcome,
    output: `pinned ${describePin(pin)}${was}\n${outcome.output}`,
    notes: [...notes, ...outcome.notes, ...unused],
    result: {
      pinned: describePin(pin),
      previous: before === undefined ? null : describePin(before),
      ...outcome.result,
    },
  }
}

/** Undefined if the pin cannot be read; this command is about to replace it anyway. */
function pinBefore(folder: string): ToolchainPin | undefined {
  try {
    return readPin(folder)
  } catch (error) {
    if (error instanceof Cargo2NixError && error.code === 'not-pinned') return undefined
    throw error
  }
}

/** Leaves out a platform in the name: the pin covers all of them. */
function channelToPin(
  name: string | undefined,
  request: ToolchainRequest,
  before: ToolchainPin | undefined,
): Channel {
  const channel = name === undefined ? request.channel : parseChannel(name)
  if (channel === undefined) return parseChannel(before?.channel ?? 'stable')
  if (channel.platform === undefined) return channel
  return parseChannel(channel.name.slice(0, -channel.platform.length - 1))
}
