/** Registries on loopback, with sparse indexes: what cargo downloads from, and Nix after it. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { folderWith, type Files } from './folder.ts'
import { loopbackServer, type LoopbackServer } from './loopback-server.ts'

export interface ServedPackage {
  readonly name: string
  readonly version: string
  readonly archive: Buffer
  readonly checksum: string
  /** What the index says beside name, version and checksum. */
  readonly index: {
    readonly deps: readonly unknown[]
    readonly features: Readonly<Record<string, readonly string[]>>
  }
}

export interface ServedRegistry {
  /** `dl` of config.json, below the registry's own address. */
  readonly dl: string
  /** Demanded for everything. */
  readonly token?: string
  /** `USER:PASSWORD` in the address of downloads. */
  readonly login?: string
  /** Milliseconds before a download begins. */
  readonly delay?: number
  readonly packages: readonly ServedPackage[]
}

export interface RegistryServer extends LoopbackServer {
  /** Of an index, as cargo takes it. */
  readonly indexOf: (registry: string) => string
  /** Paths of the downloads so far. */
  readonly downloads: readonly string[]
}

/** An archive as `cargo package` makes it, but for what nobody reads. */
export function packageArchive(
  name: string,
  version: string,
  files: Files,
  index: ServedPackage['index'] = { deps: [], features: {} },
): ServedPackage {
  const top = `${name}-${version}`
  const folder = folderWith(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [join(top, path), text])),
  )
  const archive = execFileSync('tar', ['--create', '--gzip', '--mtime=@1', '--directory', folder, top])
  return { name, version, index, archive, checksum: createHash('sha256').update(archive).digest('hex') }
}

/** Serves registries by name until it is closed. */
export async function registryServer(
  registries: Readonly<Record<string, ServedRegistry>>,
): Promise<RegistryServer> {
  const downloads: string[] = []
  const server = await loopbackServer((request, response) => answer(request, response))
  const { url } = server

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const [, name = '', ...rest] = decodeURI(request.url ?? '/').split('/')
    const registry = registries[name]
    if (registry === undefined) return void response.writeHead(404).end()
    const { token } = registry
    if (token !== undefined && request.headers.authorization !== token)
      return void response.writeHead(401, { 'www-authenticate': 'Cargo' }).end()
    const content = rest[0] === 'index' ? inIndex(name, registry, rest.slice(1).join('/')) : undefined
    if (content !== undefined) return void response.writeHead(200).end(content)
    const found = rest[0] === 'index' ? undefined : downloaded(registry, rest.join('/'))
    if (found === undefined) return void response.writeHead(404).end()
    downloads.push(request.url ?? '')
    setTimeout(() => response.writeHead(200).end(found.archive), registry.delay ?? 0)
  }

  const inIndex = (
    name: string,
    { dl, token, login, packages }: ServedRegistry,
    path: string,
  ): string | undefined => {
    const host = login === undefined ? url : url.replace('//', `//${login}@`)
    if (path === 'config.json')
      return JSON.stringify({ dl: `${host}/${name}/${dl}`, api: url, 'auth-required': token !== undefined })
    const lines = packages.filter((each) => indexPath(each.name) === path).map(indexLine)
    return lines.length === 0 ? undefined : lines.join('\n')
  }
  return {
    ...server,
    indexOf: (name) => `sparse+${url}/${name}/index/`,
    downloads,
  }
}

/** Any path will do that has name and version, or the checksum. */
function downloaded({ packages }: ServedRegistry, path: string): ServedPackage | undefined {
  return packages.find(({ name, version, checksum }) => {
    const names = ['-', '_', '/'].map((mark) => `/${name}${mark}${version}`)
    return path.includes(checksum) || names.some((each) => `/${path}`.includes(each))
  })
}

function indexPath(name: string): string {
  const lower = name.toLowerCase()
  if (lower.length < 3) return `${lower.length}/${lower}`
  return lower.length === 3
    ? `3/${lower.slice(0, 1)}/${lower}`
    : `${lower.slice(0, 2)}/${lower.slice(2, 4)}/${lower}`
}

function indexLine({ name, version, checksum, index }: ServedPackage): string {
  return JSON.stringify({ name, vers: version, ...index, cksum: checksum, yanked: false })
}
