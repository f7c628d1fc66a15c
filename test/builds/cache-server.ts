/** A binary cache on loopback: a directory that is read and written over HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { loopbackServer, type LoopbackServer } from '../loopback-server.ts'

export interface CacheServer extends LoopbackServer {
  /** Method and path of each request so far. */
  readonly requests: readonly string[]
  /** Refuses the next uploads of contents. */
  readonly refuseUploads: (count: number) => void
}

/** Serves a directory, which need not be there yet. */
export async function cacheServer(folder: string): Promise<CacheServer> {
  const requests: string[] = []
  let refusals = 0
  const server = await loopbackServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const isRefused = request.method === 'PUT' && request.url?.startsWith('/nar/') === true && refusals > 0
    if (isRefused) refusals -= 1
    void answer(folder, request, response, isRefused)
  })
  return {
    ...server,
    requests,
    refuseUploads: (count) => {
      refusals = count
    },
  }
}

async function answer(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
  isRefused: boolean,
): Promise<void> {
  const file = join(folder, normalize(new URL(request.url ?? '/', 'http://x').pathname))
  if (request.method === 'PUT') {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    if (!isRefused) {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, Buffer.concat(parts))
    }
    response.writeHead(isRefused ? 403 : 201).end()
    return
  }
  const data = await readFile(file).catch(() => undefined)
  if (data === undefined) response.writeHead(404).end()
  else response.writeHead(200, { 'content-length': data.length }).end(request.method === 'HEAD' ? '' : data)
}
