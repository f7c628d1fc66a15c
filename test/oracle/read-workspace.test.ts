/** Real workspaces, read by us and by `cargo metadata`: every package, target, dependency and feature must be equal. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readWorkspace } from '../../src/io/workspace/read-workspace.ts'
import { corpusFolder, corpusMissing, corpusWorkspaces } from '../corpus.ts'
import { cargoMetadata, ourMetadata } from './metadata-view.ts'

describe.skipIf(corpusMissing !== undefined)(
  `workspaces of the corpus (${corpusMissing ?? 'present'})`,
  () => {
    const names = corpusMissing === undefined ? corpusWorkspaces() : []

    test('there are twelve corpus workspaces', () => {
      expect(names).toHaveLength(12)
    })

    test.for(names)('%s is read as cargo reads it', async (name) => {
      const folder = join(corpusFolder(), name)
      const expected = cargoMetadata(folder, ['--all-features'])
      const actual = ourMetadata(await readWorkspace({ cwd: folder, env: process.env, offline: true }))
      // Cargo leaves out what no feature activates (a weak `a?/b` keeps such packages in the lockfile).
      expect(Object.keys(actual.packages)).toEqual(expect.arrayContaining(Object.keys(expected.packages)))
      for (const [id, one] of Object.entries(expected.packages)) expect(actual.packages[id], id).toEqual(one)
      expect(actual.members).toEqual(expected.members)
      expect(actual.defaultMembers).toEqual(expected.defaultMembers)
      expect(actual.root).toBe(expected.root)
    })
  },
)
