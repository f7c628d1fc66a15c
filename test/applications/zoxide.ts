/** zoxide: a build script that generates files. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { each, type Application } from './application.ts'

export const zoxide: Application = {
  name: 'zoxide',
  version: '0.9.8',
  program: 'zoxide',
  profile: 'release',
  says: /places\/harbour/,
  task: async (program, cwd) => {
    const harbour = join(cwd, 'places', 'harbour')
    const hill = join(cwd, 'places', 'hill')
    await mkdir(harbour, { recursive: true })
    await mkdir(hill, { recursive: true })
    return each(program, { cwd, env: { ...process.env, _ZO_DATA_DIR: join(cwd, 'data') } }, [
      ['add', harbour, harbour, hill],
      ['add', harbour],
      ['query', 'harb'],
      ['query', '--list'],
      ['query', 'nowhere'],
      ['remove', hill],
      ['query', '--list'],
      ['init', 'bash'],
      ['init', 'nushell', '--cmd', 'j'],
      ['--version'],
    ])
  },
}
