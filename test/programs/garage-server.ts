/** Garage from its container image, in a chroot, as a cluster of one node. Needs root. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { runOrFail } from '../program.ts'
import { freePort, type Server } from '../release/servers.ts'

interface ImageConfig {
  readonly architecture: string
  readonly config: {
    readonly Entrypoint: readonly string[]
    readonly Cmd: readonly string[]
    readonly Env: readonly string[]
    readonly User: string
  }
}

/** Unpacks the only image of an OCI archive. */
export async function unpackImage(archive: string, root: string): Promise<ImageConfig> {
  const layout = `${root}.layout`
  for (const directory of [root, layout]) mkdirSync(directory, { recursive: true })
  await runOrFail('tar', ['--extract', `--file=${archive}`, `--directory=${layout}`])
  const blob = (digest: string): string => join(layout, 'blobs', ...digest.split(':'))
  const json = (file: string): Record<string, unknown> =>
    JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  type Descriptor = { readonly digest: string }
  const [image] = json(join(layout, 'index.json'))['manifests'] as readonly Descriptor[]
  const manifest = json(blob(image!.digest))
  for (const { digest } of manifest['layers'] as readonly Descriptor[])
    await runOrFail('tar', ['--extract', '--gzip', `--file=${blob(digest)}`, `--directory=${root}`])
  return json(blob((manifest['config'] as Descriptor).digest)) as unknown as ImageConfig
}

export interface GarageServer extends Server {
  /** Runs `garage ARGUMENTS` in the image. */
  readonly garage: (...args: readonly string[]) => Promise<string>
  /** Of the S3 API, `HOST:PORT`. */
  readonly endpoint: string
  readonly log: () => string
}

/** Starts what the image says, assigns a layout, and creates the bucket `releases` with a key; `url` and `env` are for `--to`. */
export async function garageServer(root: string, image: ImageConfig): Promise<GarageServer> {
  const { Entrypoint: entrypoint, Cmd: command, Env } = image.config
  const [rpc, s3] = [await freePort(), await freePort()]
  mkdirSync(join(root, 'etc'), { recursive: true })
  writeFileSync(join(root, 'etc', 'garage.toml'), configuration(rpc, s3))
  const env = Object.fromEntries(Env.map((pair) => pair.split(/=(.*)/s, 2) as [string, string]))
  const inRoot = ['--userspec', image.config.User, root, ...entrypoint]
  const child = spawn('chroot', [...inRoot, ...command], { env: { ...env, PATH: process.env['PATH'] } })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  const log = (): string => Buffer.concat(said).toString()
  const garage = async (...args: readonly string[]): Promise<string> =>
    (await runOrFail('chroot', [...inRoot, ...args])).stdout
  try {
    const node = await nodeOf(garage, child)
    await garage('layout', 'assign', '--zone', 'here', '--capacity', '1G', node)
    await garage('layout', 'apply', '--version', '1')
    await garage('bucket', 'create', 'releases')
    const key = await garage('key', 'create', 'publisher')
    await garage('bucket', 'allow', '--read', '--write', '--owner', 'releases', '--key', 'publisher')
    const access = /^Key ID: +(\S+)$/m.exec(key)![1]!
    const secret = /^Secret key: +(\S+)$/m.exec(key)![1]!
    const endpoint = `127.0.0.1:${s3}`
    return {
      garage,
      endpoint,
      log,
      url: `s3://releases/_releases?endpoint=${endpoint}&scheme=http&region=garage`,
      env: { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret },
      close: () => child.kill(),
    }
  } catch (cause) {
    child.kill()
    throw new Error(`Garage does not start:\n${log()}`, { cause })
  }
}

/** The identifier of the only node, as soon as it answers. */
async function nodeOf(
  garage: (...args: readonly string[]) => Promise<string>,
  server: ChildProcess,
): Promise<string> {
  let problem: unknown
  for (let attempt = 0; attempt < 100 && server.exitCode === null; attempt += 1) {
    try {
      return /^([0-9a-f]{16}) /m.exec(await garage('status'))![1]!
    } catch (error) {
      problem = error
      await pause(200)
    }
  }
  throw new Error('it does not answer', { cause: problem })
}

function configuration(rpc: number, s3: number): string {
  return `metadata_dir = "/var/lib/garage/meta"
data_dir = "/var/lib/garage/data"
db_engine = "lmdb"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:${rpc}"
rpc_public_addr = "127.0.0.1:${rpc}"
rpc_secret = "${randomBytes(32).toString('hex')}"

[s3_api]
s3_region = "garage"
api_bind_addr = "127.0.0.1:${s3}"
root_domain = ".s3.garage.localhost"
`
}
