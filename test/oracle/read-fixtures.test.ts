/** Fixtures with one reading rule each, checked against `cargo metadata`; nothing is downloaded. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readWorkspace } from '../../src/io/workspace/read-workspace.ts'
import { cargoMetadata, ourMetadata } from './metadata-view.ts'

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'read')

/** The workspace of a fixture: itself, or its directory `main` where others lie beside it. */
function workspaceOf(name: string): string {
  const main = join(folder, name, 'main')
  return existsSync(join(main, 'Cargo.toml')) ? main : join(folder, name)
}

test.for(readdirSync(folder))('%s', async (name) => {
  const cwd = workspaceOf(name)
  const expected = cargoMetadata(cwd, ['--offline', '--all-features'])
  const actual = ourMetadata(await readWorkspace({ cwd, env: process.env, offline: true }))
  expect(actual).toEqual(expected)
})
