/** hexyl: a few crates, no build script. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, type Application } from './application.ts'

export const hexyl: Application = {
  name: 'hexyl',
  version: '0.16.0',
  program: 'hexyl',
  profile: 'release',
  says: /000000f0/,
  task: async (program, cwd) => {
    await writeFile(
      join(cwd, 'bytes'),
      Uint8Array.from({ length: 1000 }, (_, index) => (index * 7 + (index >> 3)) % 256),
    )
    return each(program, { cwd }, [
      ['bytes'],
      ['--color=always', '--panels=1', '--border=ascii', 'bytes'],
      ['--skip=0x10', '--length=64', '--character-table=codepage-437', 'bytes'],
      ['--length=-1x', 'bytes'],
      ['--version'],
    ])
  },
}
