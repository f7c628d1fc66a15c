/**
 * URLs of stores for releases, as a remote of rclone.
 *
 * In: `s3://BUCKET/PREFIX?endpoint=…&region=…` (Nix's parameters), `file:///DIRECTORY` or `sftp://USER@HOST/DIRECTORY`.
 * Out: the path, and the remote's settings as variables. Keys and passwords are never part of either: rclone finds
 * them in the environment.
 */
import { fileURLToPath } from 'node:url'
import { Cargo2NixError } from '../../errors.ts'
import { withoutCredentials } from '../../without-credentials.ts'

export interface StoreAddress {
  readonly kind: 'file' | 's3' | 'sftp'
  /** For messages, without a slash at its end. */
  readonly printed: string
  /** A bucket with a prefix, or an absolute directory. */
  readonly path: string
  /** Settings of the remote, by rclone's names in lower case. */
  readonly remote: Readonly<Record<string, string>>
}

type Environment = Readonly<Record<string, string | undefined>>

/** Where each kind of store takes its secrets from. */
export const STORE_SECRETS: Readonly<Record<StoreAddress['kind'], string>> = {
  file: 'see who may write to the directory',
  s3: 'keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from the profile that AWS_PROFILE names',
  sftp: 'keys come from ssh-agent, or from the file that RCLONE_SFTP_KEY_FILE names; the host must be in ~/.ssh/known_hosts',
}

/**
 * Parses the URL of a store.
 *
 * @throws Cargo2NixError `bad-argument`; a password in the URL is not in the message
 */
export function parseStoreAddress(text: string, env: Environment): StoreAddress {
  if (!/^(?:file|s3|sftp):\/\//.test(text) || !URL.canParse(text)) {
    throw refused(text, 'is not the URL of a store', 'it begins with s3://, file:/// or sftp://')
  }
  const url = new URL(text)
  if (url.password !== '' || (url.protocol === 's3:' && url.username !== '')) {
    const kind = url.protocol === 's3:' ? 's3' : 'sftp'
    throw refused(text, 'has a secret in it, which would end up in logs', STORE_SECRETS[kind])
  }
  if (url.hash !== '') throw refused(text, 'has a `#`', 'write %23 for a name that has one')
  if (url.protocol === 'file:') return fileStore(url, text)
  return url.protocol === 's3:' ? s3Store(url, text) : sftpStore(url, text, env)
}

function fileStore(url: URL, text: string): StoreAddress {
  if (url.host !== '' || url.search !== '' || pathOf(url, text) === '')
    throw refused(text, 'is not a directory', 'write file:/// and an absolute path')
  const path = fileURLToPath(url).replace(/\/+$/, '')
  return { kind: 'file', printed: `file://${path}`, path, remote: { type: 'local', no_set_modtime: 'true' } }
}

const S3_PARAMETERS = ['endpoint', 'region', 'scheme', 'profile']

function s3Store(url: URL, text: string): StoreAddress {
  const values = url.searchParams
  const unknown = [...values.keys()].find((name) => !S3_PARAMETERS.includes(name))
  if (unknown !== undefined)
    throw refused(text, `has an unknown parameter \`${unknown}\``, `known are: ${S3_PARAMETERS.join(', ')}`)
  if (url.hostname === '') throw refused(text, 'names no bucket', 'write s3://BUCKET/PREFIX')
  const endpoint = values.get('endpoint')
  const scheme = values.get('scheme') ?? 'https'
  if (scheme !== 'https' && scheme !== 'http')
    throw refused(text, `has \`scheme=${scheme}\``, 'write http or https')
  const prefix = pathOf(url, text)
  const path = prefix === '' ? url.host : `${url.host}/${prefix}`
  const profile = values.get('profile')
  return {
    kind: 's3',
    printed: `s3://${path}`,
    path,
    remote: {
      type: 's3',
      env_auth: 'true',
      // Whoever may write objects need not be allowed to create buckets.
      no_check_bucket: 'true',
      region: values.get('region') ?? 'us-east-1',
      ...(endpoint === null
        ? { provider: 'AWS' }
        : { provider: 'Other', endpoint: endpoint.includes('://') ? endpoint : `${scheme}://${endpoint}` }),
      ...(profile === null ? {} : { profile }),
    },
  }
}

function sftpStore(url: URL, text: string, env: Environment): StoreAddress {
  const directory = pathOf(url, text)
  if (url.hostname === '' || url.search !== '' || directory === '')
    throw refused(text, 'is not a directory of a host', 'write sftp://USER@HOST/DIRECTORY')
  const user = decodeURIComponent(url.username)
  const home = env['HOME']
  // Unlike ssh, rclone trusts every host unless it is given this file.
  const hosts = env['RCLONE_SFTP_KNOWN_HOSTS_FILE'] ?? (home === undefined ? '' : `${home}/.ssh/known_hosts`)
  if (hosts === '')
    throw refused(text, 'needs a file of known hosts', 'name it in RCLONE_SFTP_KNOWN_HOSTS_FILE')
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    kind: 'sftp',
    printed: `sftp://${url.host}/${directory}`,
    path: `/${directory}`,
    remote: {
      type: 'sftp',
      host,
      known_hosts_file: hosts,
      set_modtime: 'false',
      // Nothing but SFTP is needed, so nothing is run on the host.
      shell_type: 'none',
      disable_hashcheck: 'true',
      ...(user === '' ? {} : { user }),
      ...(url.port === '' ? {} : { port: url.port }),
    },
  }
}

/** Without slashes around it. */
function pathOf(url: URL, text: string): string {
  const parts = url.pathname.split('/').filter((part) => part !== '')
  try {
    const decoded = parts.map(decodeURIComponent)
    // eslint-disable-next-line no-control-regex
    if (decoded.every((part) => !/[/\0-\x1f\x7f]/.test(part) && part !== '..' && part !== '.'))
      return decoded.join('/')
  } catch {
    // A stray `%`: refused like any other bad path.
  }
  throw refused(text, 'has a bad path', 'write names of directories, separated by `/`')
}

function refused(text: string, problem: string, hint: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-argument',
    message: `\`--to\`: ${JSON.stringify(withoutCredentials(text.replace(/[?#].*/s, '')))} ${problem}`,
    hint,
  })
}
