/** Servers on loopback that releases are published to: SFTP, S3 that checks signatures, and a container registry. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { runOrFail } from '../program.ts'

export interface Server {
  /** For `--to`. */
  readonly url: string
  /** What a client needs besides the URL: keys, known hosts, and so on. */
  readonly env: Readonly<Record<string, string>>
  readonly close: () => void
}

const PLACES = [
  '/usr/sbin',
  '/usr/local/sbin',
  join(import.meta.dirname, '..', '..', '.cache', 'tools', 'bin'),
]

/** Where a program is; undefined: not installed. */
export function programFile(name: string): string | undefined {
  const places = [...(process.env['PATH'] ?? '').split(':'), ...PLACES]
  return places.map((place) => join(place, name)).find((file) => existsSync(file))
}

/** The reason for a skip; empty if all of these programs are installed. */
export function missingPrograms(...names: readonly string[]): string {
  const missing = names.filter((name) => programFile(name) === undefined)
  return missing.length === 0 ? '' : ` (skipped: no ${missing.join(', ')}: run scripts/setup --tools)`
}

/** A port of loopback that nobody uses. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => {
    server.close(closed)
  })
  return port
}

/** Starts a server; ready when it accepts connections. */
async function start(
  program: string,
  args: readonly string[],
  options: { readonly port: number; readonly env?: NodeJS.ProcessEnv },
): Promise<ChildProcess> {
  const child = spawn(programFile(program)!, args, {
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) break
    if (await accepts(options.port)) return child
    await new Promise((proceed) => {
      setTimeout(proceed, 100)
    })
  }
  child.kill()
  throw new Error(`${program} does not start: ${Buffer.concat(said).toString()}`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      answer(true)
    })
    socket.on('error', () => answer(false))
  })
}

/** OpenSSH's server for the current user; `directory` for its keys, `store` for the files. */
export async function sftpServer(directory: string, store: string): Promise<Server> {
  const key = (name: string): string => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, name)])
    return readFileSync(join(directory, `${name}.pub`), 'utf8')
  }
  const [host, user] = [key('host'), key('user')]
  const port = await freePort()
  writeFileSync(join(directory, 'authorized_keys'), user)
  writeFileSync(join(directory, 'known_hosts'), `[127.0.0.1]:${port} ${host}`)
  const settings = {
    ListenAddress: `127.0.0.1:${port}`,
    HostKey: join(directory, 'host'),
    AuthorizedKeysFile: join(directory, 'authorized_keys'),
    StrictModes: 'no',
    PidFile: 'none',
    UsePAM: 'no',
    PasswordAuthentication: 'no',
    PermitRootLogin: 'prohibit-password',
    Subsystem: 'sftp internal-sftp',
  }
  const file = join(directory, 'sshd_config')
  writeFileSync(
    file,
    Object.entries(settings)
      .map((pair) => `${pair.join(' ')}\n`)
      .join(''),
  )
  // Where sshd keeps nothing, but what it insists on.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const child = await start('sshd', ['-D', '-e', '-f', file], { port })
  return {
    url: `sftp://${userInfo().username}@127.0.0.1:${port}${store}`,
    env: {
      RCLONE_SFTP_KEY_FILE: join(directory, 'user'),
      RCLONE_SFTP_KNOWN_HOSTS_FILE: join(directory, 'known_hosts'),
    },
    close: () => child.kill(),
  }
}

/** An S3 gateway to directories, with a bucket `releases`; the key is random. */
export async function s3Server(directory: string): Promise<Server> {
  const port = await freePort()
  const access = 'publisher'
  const secret = `secret-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`
  mkdirSync(join(directory, 'releases'), { recursive: true })
  const env = { ...process.env, ROOT_ACCESS_KEY: access, ROOT_SECRET_KEY: secret }
  const child = await start('versitygw', ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', directory], {
    port,
    env,
  })
  return {
    url: `s3://releases/files?endpoint=127.0.0.1:${port}&scheme=http&region=us-east-1`,
    env: { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret },
    close: () => child.kill(),
  }
}

/** A registry without TLS, which wants a user and a password. `env` has a home that tells skopeo about both. */
export async function registryServer(directory: string): Promise<Server> {
  const port = await freePort()
  const password = `secret-${Math.random().toString(36).slice(2)}`
  const { stdout: users } = await runOrFail('htpasswd', ['-Bbn', 'publisher', password])
  writeFileSync(join(directory, 'htpasswd'), users)
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(directory, 'images') } },
    http: { addr: `127.0.0.1:${port}` },
    auth: { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } },
  }
  writeFileSync(join(directory, 'config.yml'), JSON.stringify(config))
  const home = join(directory, 'home')
  mkdirSync(join(home, '.config', 'containers'), { recursive: true })
  writeFileSync(
    join(home, '.config', 'containers', 'registries.conf'),
    `[[registry]]\nlocation = "127.0.0.1:${port}"\ninsecure = true\n`,
  )
  const child = await start('docker-registry', ['serve', join(directory, 'config.yml')], { port })
  const auth = Buffer.from(`publisher:${password}`).toString('base64')
  return {
    url: `docker://127.0.0.1:${port}/owner/tool`,
    env: { HOME: home, DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [`127.0.0.1:${port}`]: { auth } } }) },
    close: () => child.kill(),
  }
}
