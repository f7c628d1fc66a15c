/** Names of targets in the settings. */
import { Cargo2NixError } from '../../errors.ts'
import { resolveHostName, resolveTargetName } from '../platform/platform.ts'

/** The triple that the name under a key means; errors name file and key. */
export function tripleAt(key: string, name: string, path: string): string {
  try {
    return (key === 'hosts' ? resolveHostName(name) : resolveTargetName(name)).triple
  } catch (error) {
    if (!(error instanceof Cargo2NixError)) throw error
    const { code, message, hint } = error
    throw new Cargo2NixError({
      code,
      path,
      message: `metadata.cargo2nix.${key}: ${message}`,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}
