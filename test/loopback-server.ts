/** An HTTP server for tests that listens on this machine only. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LoopbackServer {
  /** Without a slash at its end. */
  readonly url: string
  readonly close: () => Promise<void>
}

export async function loopbackServer(answer: RequestListener): Promise<LoopbackServer> {
  const server = createServer(answer)
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
