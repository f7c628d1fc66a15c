/** URLs of binary caches: which ones are allowed, and how they are printed. */
import { Cargo2NixError } from '../../errors.ts'
import { withoutCredentials } from '../../without-credentials.ts'

export interface CacheAddress {
  /** For pushing: as given. */
  readonly store: string
  /** For fetching: without credentials, and without parameters that only concern pushing. */
  readonly substituter: string
}

/** Parameters of a store URL that only matter to whoever writes to it, or that are secret. */
const PUSHING =
  /^(?:secret-keys?|profile|(?:ls-|log-|narinfo-)?compression|(?:parallel-)?compression(?:-level)?|write-nar-listing|index-debug-info|multipart-upload|buffer-size|local-nar-cache)$/

/**
 * Parses the URL of a binary cache.
 *
 * @throws Cargo2NixError `bad-argument` if it is not the URL of a binary cache
 */
export function parseCacheAddress(text: string): CacheAddress {
  if (!/^(?:file|https?|s3):\/\//.test(text) || !URL.canParse(text)) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `\`--to\`: ${JSON.stringify(withoutCredentials(text))} is not the URL of a binary cache`,
      hint: 'it begins with file:///, http://, https:// or s3://',
    })
  }
  const url = new URL(text)
  url.username = ''
  url.password = ''
  // Kept as written: `searchParams` would rewrite `endpoint=host:port`.
  const parameters = url.search.slice(1).split('&')
  url.search = parameters.filter((each) => !PUSHING.test(each.replace(/=.*/s, ''))).join('&')
  return { store: text, substituter: url.href.replace(/\/(?=$|\?)/, '') }
}

/** The URL to push to, with the signing key in a file. */
export function signingAddress({ store }: CacheAddress, keyFile: string | undefined): string {
  if (keyFile === undefined) return store
  return `${store}${store.includes('?') ? '&' : '?'}secret-key=${encodeURIComponent(keyFile)}`
}
