/** A local server of Rust distributions, laid out like the official one. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loopbackServer, type LoopbackServer } from './loopback-server.ts'

export interface DistServer extends LoopbackServer {
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[]
}

/** Serves the files of a directory over HTTP, on the loopback device. */
export async function serveFolder(folder: string): Promise<DistServer> {
  const requests: string[] = []
  const server = await loopbackServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)
    requests.push(path)
    const file = join(folder, path)
    if (existsSync(file)) createReadStream(file).pipe(response)
    else response.writeHead(404).end()
  })
  return { ...server, requests }
}

/** An archive of a component as a manifest names it; the endings that are there are served. */
export interface PublishedArchive {
  readonly gz?: string | undefined
  readonly xz?: string | undefined
}

/** By component and triple; null: not available. */
export type Published = Readonly<Record<string, Readonly<Record<string, PublishedArchive | null>>>>

export interface PublishedChannel {
  /** `stable`, `1.95.0`, ... */
  readonly name: string
  readonly date: string
  /** As rustc has it. */
  readonly version: string
  readonly components: Published
}

/** Writes the manifest of a channel, with its checksum; `folder` is the server's. The archives' paths are below that. */
export function publishChannel(
  folder: string,
  { name, date, version, components }: PublishedChannel,
  day = '',
): void {
  const archive = (ending: string, path: string | undefined): string => {
    if (path === undefined) return ''
    const hash = sha256(join(folder, path))
    return `${ending}url = "https://static.rust-lang.org/${path}"\n${ending}hash = "${hash}"\n`
  }
  const packages = Object.entries(components).map(([component, byTriple]) => {
    const targets = Object.entries(byTriple).map(
      ([triple, files]) =>
        `[pkg.${component}.target.${JSON.stringify(triple)}]\n` +
        `available = ${files !== null}\n${archive('', files?.gz)}${archive('xz_', files?.xz)}`,
    )
    return `[pkg.${component}]\nversion = "${version} (0123456789 ${date})"\n${targets.join('')}`
  })
  const text = `manifest-version = "2"
date = "${date}"
${packages.join('')}
[renames.clippy]
to = "clippy-preview"
[renames.rustfmt]
to = "rustfmt-preview"
[profiles]
minimal = ["rustc", "cargo", "rust-std", "rust-mingw"]
default = ["rustc", "cargo", "rust-std", "rust-mingw", "rust-docs", "rustfmt-preview", "clippy-preview"]
`
  const path = join(folder, 'dist', day, `channel-rust-${name}.toml`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  writeFileSync(`${path}.sha256`, `${sha256(path)}  channel-rust-${name}.toml\n`)
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
