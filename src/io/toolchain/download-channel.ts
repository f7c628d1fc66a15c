/**
 * The manifest of a channel, from a server of Rust distributions.
 *
 * In: a channel, and the environment (RUSTUP_DIST_SERVER, as for rustup). Out: the parsed manifest, whose
 * checksum has been checked against the file next to it.
 */
import { createHash } from 'node:crypto'
import type { Environment } from '../../cargo/config/config-reader.ts'
import { manifestPath, type Channel } from '../../cargo/workspace/toolchain-channel.ts'
import type { TomlTable } from '../../cargo/toml-value.ts'
import { Cargo2NixError } from '../../errors.ts'
import { DIST_SERVER } from '../../nix/toolchain/toolchain-pin.ts'
import { parseToml } from '../manifests/toml.ts'

export interface DownloadedChannel {
  readonly url: string
  /** Without a trailing slash. */
  readonly server: string
  readonly document: TomlTable
}

const TIMEOUT_MS = 120_000

/**
 * Downloads it.
 *
 * @throws Cargo2NixError `unknown-channel` if the server has no such channel, `network`
 */
export async function downloadChannel(channel: Channel, env: Environment): Promise<DownloadedChannel> {
  const server = distServer(env)
  if (channel.track === undefined || channel.platform !== undefined) throw unknownChannel(channel.name)
  const url = `${server}/${manifestPath(channel.track, channel.date)}`
  const [bytes, checksum] = await Promise.all([
    download(url, channel.name, env),
    download(`${url}.sha256`, channel.name, env),
  ])
  const expected = checksum.toString('utf8').trim().split(/\s+/)[0]
  const actual = createHash('sha256').update(bytes).digest('hex')
  if (actual !== expected) {
    throw new Cargo2NixError({
      code: 'network',
      path: url,
      message: `its SHA-256 is ${actual}, but ${url}.sha256 says ${expected}`,
      hint: 'try again in a few minutes: the channel may be about to move',
    })
  }
  return { url, server, document: parseToml(bytes.toString('utf8'), url, 'not-distributed') }
}

function distServer(env: Environment): string {
  const server = (env['RUSTUP_DIST_SERVER'] ?? '').trim() || DIST_SERVER
  if (/^https?:\/\/[^\s"']+$/.test(server)) return server.replace(/\/+$/, '')
  throw new Cargo2NixError({
    code: 'bad-argument',
    message: `RUSTUP_DIST_SERVER is \`${server}\`, which is no http(s) address`,
    hint: `unset it, or name a server that is laid out like ${DIST_SERVER}`,
  })
}

function unknownChannel(name: string, url?: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'unknown-channel',
    path: url,
    message: `there is no channel \`${name}\``,
    hint: 'a channel is stable, beta, nightly, a day of one of these (nightly-YYYY-MM-DD), or a version (1.95, 1.95.0)',
  })
}

async function download(url: string, channel: string, env: Environment): Promise<Buffer> {
  let response: Response
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (response.ok) return Buffer.from(await response.arrayBuffer())
  } catch (cause) {
    throw unreachable(url, reasonOf(cause), env, cause)
  }
  if (response.status === 404) throw unknownChannel(channel, url)
  throw unreachable(url, `the server answers ${response.status}`, env)
}

/** Node hides the reason of a failed connection in the error's cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  return code ?? (cause instanceof Error ? cause.message : String(cause))
}

function unreachable(url: string, reason: string, env: Environment, cause?: unknown): Cargo2NixError {
  const hasProxy = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].some((name) => env[name])
  return new Cargo2NixError({
    code: 'network',
    path: url,
    message: `cannot be downloaded: ${reason}`,
    hint: `try again with a network, or set RUSTUP_DIST_SERVER to a server that can be reached; nothing was changed${hasProxy ? ' (Node heeds a proxy if NODE_USE_ENV_PROXY=1 is set, from version 24 on)' : ''}`,
    cause,
  })
}
