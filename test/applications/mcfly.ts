/** mcfly: SQLite's own source, compiled by a build script. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, withoutChance, type Application } from './application.ts'

export const mcfly: Application = {
  name: 'mcfly',
  version: '0.9.4',
  program: 'mcfly',
  profile: 'dev',
  says: /cargo build --release/,
  task: async (program, cwd) => {
    await mkdir(join(cwd, 'data'))
    await writeFile(join(cwd, 'history'), '')
    const env = {
      PATH: process.env['PATH'],
      HOME: cwd,
      XDG_DATA_DIR: join(cwd, 'data'),
      XDG_DATA_HOME: join(cwd, 'data'),
      MCFLY_SESSION_ID: 'session',
      MCFLY_HISTORY: join(cwd, 'history'),
      HISTFILE: join(cwd, 'history'),
      MCFLY_HISTORY_FORMAT: 'bash',
      TZ: 'UTC',
    }
    const add = (when: number, ...command: string[]): string[] => [
      'add',
      `--when=${when}`,
      '--exit=0',
      `--dir=${cwd}`,
      ...command,
    ]
    const results = await each(program, { cwd, env }, [
      add(1_700_000_000, '--', 'cargo', 'build', '--release'),
      add(1_700_000_100, '--', 'git', 'commit', '-m', 'naïve "quotes"'),
      add(1_700_000_200, '--', 'ls'),
      ['dump', '--format=json'],
      ['dump', '--format=csv', '--since=2023-11-14T22:14:00Z'],
      ['stats'],
      ['move', join(cwd, 'a'), join(cwd, 'b')],
      ['init', 'bash'],
      ['train', '--nonsense'],
      ['--version'],
    ])
    // of a panic's message
    return withoutChance(results, (text) => text.replaceAll(/thread 'main' \(\d+\)/g, 'thread'))
  },
}
