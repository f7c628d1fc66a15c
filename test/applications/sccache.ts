/** sccache: a server with TLS, compression and a dozen storage clients; ring's C and assembler. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, withoutChance, type Application } from './application.ts'

/** Times and versions of the machine's compiler. */
const blank = (text: string): string =>
  text
    .replaceAll(/"(?:secs|nanos)":\s*\d+/g, '"#": 0')
    .replaceAll(/^.*(?:Average|Cache location|duration|time).*\n/gm, '')

export const sccache: Application = {
  name: 'sccache',
  version: '0.19.0',
  program: 'sccache',
  profile: 'dev',
  says: /Cache hits \s*1/,
  task: async (program, cwd) => {
    const env = {
      PATH: process.env['PATH'],
      HOME: cwd,
      SCCACHE_DIR: join(cwd, 'cache'),
      SCCACHE_SERVER_UDS: join(cwd, 'socket'),
      SCCACHE_IDLE_TIMEOUT: '60',
      SCCACHE_CONF: join(cwd, 'config'),
    }
    await writeFile(join(cwd, 'config'), '')
    await writeFile(join(cwd, 'one.c'), 'int one(void) { return 1; }\n')
    await writeFile(join(cwd, 'broken.c'), 'int broken(void) { return }\n')
    const results = await each(program, { cwd, env }, [
      ['--start-server'],
      ['gcc', '-c', 'one.c', '-o', 'one.o'],
      ['gcc', '-c', 'one.c', '-o', 'one.o'],
      ['gcc', '-c', 'broken.c', '-o', 'broken.o'],
      ['--show-stats'],
      ['--show-adv-stats', '--stats-format=json'],
      ['--zero-stats'],
      ['--stop-server'],
      ['--version'],
    ])
    return withoutChance(results, blank)
  },
}
