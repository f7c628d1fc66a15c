/**
 * Our settings of one package: `[package.metadata.cargo2nix]`.
 *
 * In: a path package's manifest. Out: the files it names besides its own. In the root package's manifest the
 * table may hold the workspace's settings, too.
 */
import * as z from 'zod/mini'
import type { Manifest } from '../../cargo/manifest/manifest.ts'
import { Cargo2NixError } from '../../errors.ts'
import { settingsError } from './settings-error.ts'

const Own = z.object({ include: z.optional(z.array(z.string())) })

/**
 * Paths and globs relative to the package, as `included-files.nix` reads them.
 *
 * @param holdsWorkspaceSettings whether other keys are workspace settings
 * @throws Cargo2NixError `bad-settings`
 */
export function includeOf(
  { settings, manifestPath }: Manifest,
  holdsWorkspaceSettings: boolean,
): readonly string[] {
  if (settings === undefined) return []
  const refuse = (message: string, hint: string): never => {
    throw new Cargo2NixError({
      code: 'bad-settings',
      path: manifestPath,
      message: `package.metadata.cargo2nix${message}`,
      hint,
    })
  }
  const parsed = z.safeParse(Own, settings)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const name = 'package.metadata.cargo2nix'
    throw settingsError(issue!, { name, table: settings, path: manifestPath, schema: Own })
  }
  const foreign = Object.keys(settings as object).find((key) => key !== 'include')
  if (foreign !== undefined && !holdsWorkspaceSettings) {
    return refuse(
      `: unknown key ${foreign}`,
      "of a package only `include` counts; other settings stand in the workspace's manifest",
    )
  }
  const { include = [] } = parsed.data
  const bad = include.find((pattern) => !isPattern(pattern))
  if (bad !== undefined) {
    return refuse(
      `.include: ${JSON.stringify(bad)} is not a relative path`,
      'paths start from the folder of the manifest',
    )
  }
  return include
}

/** A relative path, of characters allowed in file names. */
function isPattern(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return text !== '' && !text.startsWith('/') && !/[\u0000-\u001f\u007f]/.test(text)
}
