/**
 * Keys that sign the contents of a binary cache, as `nix-store --generate-binary-cache-key` writes them.
 *
 * In: the text of a key. Out: the matching public key. A key is NAME:BASE64; a secret key has 64 bytes, and
 * the last 32 of them are the public key.
 */
import { Cargo2NixError } from '../../errors.ts'

const PUBLIC_BYTES = 32
const SECRET_BYTES = 64

/**
 * The public key for a secret key.
 *
 * @param path of the file, for the error
 * @throws Cargo2NixError `bad-argument`; the key itself is not in the message
 */
export function publicKeyOf(secret: string, path: string): string {
  const { name, bytes } = parseKey(secret) ?? refuse('this is no key', path)
  if (bytes.length === PUBLIC_BYTES) refuse('this is a public key; to sign, the secret one is needed', path)
  if (bytes.length !== SECRET_BYTES)
    refuse(`a secret key has ${SECRET_BYTES} bytes, not ${bytes.length}`, path)
  return `${name}:${bytes.subarray(SECRET_BYTES - PUBLIC_BYTES).toString('base64')}`
}

/**
 * Checks a public key given as text.
 *
 * @throws Cargo2NixError `bad-argument`
 */
export function checkPublicKey(text: string): string {
  const key = parseKey(text)
  if (key?.bytes.length === PUBLIC_BYTES) return text.trim()
  return refuse('`--public-key`: this is no public key', undefined)
}

function parseKey(text: string): { readonly name: string; readonly bytes: Buffer } | undefined {
  const [, name, encoded] = /^([^:\s]+):([A-Za-z0-9+/]+={0,2})$/.exec(text.trim()) ?? []
  return name === undefined ? undefined : { name, bytes: Buffer.from(encoded!, 'base64') }
}

function refuse(message: string, path: string | undefined): never {
  throw new Cargo2NixError({
    code: 'bad-argument',
    message,
    path,
    hint: 'make a pair with `nix-store --generate-binary-cache-key NAME SECRET PUBLIC`',
  })
}
