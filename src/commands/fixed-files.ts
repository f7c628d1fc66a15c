/** Generated files that are the same in all workspaces. */
import { readRuntime } from '../io/runtime.ts'
import { GENERATED_HEADER, type NixFile } from '../nix/render/nix-file.ts'
import type { RuntimeSource } from '../nix/settings/settings.ts'
import { PIN_FILE } from '../nix/toolchain/toolchain-pin.ts'

/** Makes forges collapse the generated files in diffs and leave them out of statistics. */
const ATTRIBUTES = ['Cargo.nix', 'toolchain.nix', 'cargo2nix.nix', PIN_FILE]
  .map((path) => `${path} linguist-generated gitlab-generated\n`)
  .join('')

/** The runtime, if it is a file, and the attributes for forges. */
export function fixedFiles(runtime: RuntimeSource): readonly NixFile[] {
  return [
    ...(runtime === 'file' ? [{ path: 'cargo2nix.nix', text: `${GENERATED_HEADER}${readRuntime()}` }] : []),
    { path: '.gitattributes', text: `${GENERATED_HEADER}${ATTRIBUTES}`, isOptional: true },
  ]
}
