/** How to configure a machine to fetch from a binary cache: lines for `nix.conf` and for a flake. */
import { attributes, binding, list } from '../render/expr.ts'
import { printNix } from '../render/print.ts'

/** `publicKey` undefined: the cache is not signed, and Nix is configured to trust it as it is. */
export function cacheConfig(substituter: string, publicKey: string | undefined): string {
  const url =
    publicKey === undefined
      ? `${substituter}${substituter.includes('?') ? '&' : '?'}trusted=true`
      : substituter
  const keys = publicKey === undefined ? [] : [publicKey]
  const flake = attributes([
    binding('extra-substituters', list([url])),
    ...(keys.length === 0 ? [] : [binding('extra-trusted-public-keys', list(keys))]),
  ])
  return [
    '# nix.conf',
    `extra-substituters = ${url}`,
    ...keys.map((key) => `extra-trusted-public-keys = ${key}`),
    '',
    '# flake.nix',
    `nixConfig = ${printNix(flake)};`,
    '',
  ].join('\n')
}
