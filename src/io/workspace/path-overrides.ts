/** `paths` in the configuration: not followed, but cargo refuses a build if one of them is not a directory. */
import { resolve } from 'node:path'
import type { ConfigReader } from '../../cargo/config/config-reader.ts'
import { Cargo2NixError } from '../../errors.ts'
import { isFolder } from '../manifests/directory-files.ts'

/** @throws Cargo2NixError `bad-config`, naming the file */
export function refuseMissingOverrides(reader: ConfigReader): void {
  const paths = reader.value(['paths'])
  for (const item of paths?.kind === 'list' ? paths.items : []) {
    const path = item.kind === 'scalar' ? String(item.value) : ''
    if (item.kind === 'scalar' && isFolder(resolve(item.origin.folder, path))) continue
    throw new Cargo2NixError({
      code: 'bad-config',
      path: item.origin.name,
      message: `\`paths\`: there is no directory ${JSON.stringify(path)}`,
      hint: 'correct the path, or remove it',
    })
  }
}
