/** Generated files that are the same in all workspaces. */
import { readRuntime } from '../io/runtime.ts'
import { GENERATED_HEADER, type NixFile } from '../nix/render/nix-file.ts'
import type { RuntimeSource } from '../nix/settings/settings.ts'
import { PIN_FILE } from '../nix/toolchain/toolchain-pin.ts'

/** By which forges fold what nobody reads, and leave it out of statistics. */
const ATTRIBUTES = ['Cargo.nix', 'toolchain.nix', 'cargo2nix.nix', PIN_FILE]
  .map((path) => `${path} linguist-generated gitlab-generated\n`)
  .join('')

/** The runtime where it is a file, and what forges are told of the files. */
export function fixedFiles(runtime: RuntimeSource): readonly NixFile[] {
  return [
    ...(runtime === 'file' ? [{ path: 'cargo2nix.nix', text: `${GENERATED_HEADER}${readRuntime()}` }] : []),
    { path: '.gitattributes', text: `${GENERATED_HEADER}${ATTRIBUTES}`, isOptional: true },
  ]
}
