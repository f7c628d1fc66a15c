/**
 * Changes `targets` in our table of a manifest, and leaves the rest as it is.
 *
 * In: the manifest's text. Out: its new text, with comments and layout kept.
 */
import { parse, patch } from '@decimalturn/toml-patch'

interface Document {
  [key: string]: unknown
}

/**
 * Sets the list; the table is `[workspace.metadata.cargo2nix]`, or `[package.…]` if there is no workspace.
 */
export function editTargets(text: string, targets: readonly string[]): string {
  const document = parse(text) as Document
  const owner = document['workspace'] === undefined ? 'package' : 'workspace'
  const root = document[owner] as Document
  const metadata = root['metadata'] as Document | undefined
  if (
    metadata === undefined ||
    (metadata['cargo2nix'] === undefined && text.includes(`[${owner}.metadata.`))
  ) {
    // A new table goes at the end, where it disturbs nothing.
    const list = targets.map((target) => `    ${JSON.stringify(target)},\n`).join('')
    return `${text.replace(/\n*$/, '\n')}\n[${owner}.metadata.cargo2nix]\ntargets = [\n${list}]\n`
  }
  const settings = (metadata['cargo2nix'] ??= {}) as Document
  settings['targets'] = [...targets]
  return patch(text, document)
}
