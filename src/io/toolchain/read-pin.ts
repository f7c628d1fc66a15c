/** The pinned toolchain in the generated directory. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parsePin, PIN_FILE, type ToolchainPin } from '../../nix/toolchain/toolchain-pin.ts'
import { readText } from '../read-text.ts'

/**
 * Reads it; undefined if no toolchain is pinned.
 *
 * @throws Cargo2NixError `not-pinned` if `toolchain update` did not write the file
 */
export function readPin(folder: string): ToolchainPin | undefined {
  const path = join(folder, PIN_FILE)
  return existsSync(path) ? parsePin(readText(path), path) : undefined
}
