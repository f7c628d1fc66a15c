/** Addresses of binary caches: what they may be, and how they are shown. */
import { Cargo2NixError } from '../../errors.ts'

export interface CacheAddress {
  /** For those who push: as it was given. */
  readonly store: string
  /** For those who fetch: without credentials, and without what only concerns pushing. */
  readonly substituter: string
}

/** Parameters of a store's address that only matter to who writes to it, or that are secret. */
const PUSHING =
  /^(?:secret-keys?|profile|(?:ls-|log-|narinfo-)?compression|(?:parallel-)?compression(?:-level)?|write-nar-listing|index-debug-info|multipart-upload|buffer-size|local-nar-cache)$/

/**
 * Reads the address of a binary cache.
 *
 * @throws Cargo2NixError `bad-argument` for what is not the URL of a binary cache
 */
export function parseCacheAddress(text: string): CacheAddress {
  if (!/^(?:file|https?|s3):\/\//.test(text) || !URL.canParse(text)) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `\`--to\`: ${JSON.stringify(text)} is not the URL of a binary cache`,
      hint: 'it begins with file:///, http://, https:// or s3://',
    })
  }
  const url = new URL(text)
  url.username = ''
  url.password = ''
  // As they were written: `searchParams` would write `endpoint=host:port` anew.
  const parameters = url.search.slice(1).split('&')
  url.search = parameters.filter((each) => !PUSHING.test(each.replace(/=.*/s, ''))).join('&')
  return { store: text, substituter: url.href.replace(/\/(?=$|\?)/, '') }
}

/** The address to which paths are pushed, signed with the key in a file. */
export function signingAddress({ store }: CacheAddress, keyFile: string | undefined): string {
  if (keyFile === undefined) return store
  return `${store}${store.includes('?') ? '&' : '?'}secret-key=${encodeURIComponent(keyFile)}`
}
