/** gitui: a terminal, libgit2 and OpenSSL's own source (perl, make, C). */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrFail } from '../program.ts'
import { each, type Application } from './application.ts'
import { onTerminal } from './terminal.ts'

export const gitui: Application = {
  name: 'gitui',
  version: '0.28.1',
  program: 'gitui',
  profile: 'dev',
  // It calls git otherwise, and asks for the time.
  buildEnvironment: { BUILD_GIT_COMMIT_ID: '0123456789', SOURCE_DATE_EPOCH: '315532800' },
  says: /"seen": \["notes[^\]]*"first words"/,
  task: async (program, cwd) => {
    const env = { PATH: process.env['PATH'], HOME: cwd, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' }
    const git = (...args: string[]) =>
      runOrFail('git', ['-c', 'user.name=A', '-c', 'user.email=a@b', ...args], { cwd })
    await git('init', '--quiet')
    await git('commit', '--quiet', '--allow-empty', '--message=first words')
    await writeFile(join(cwd, 'notes'), 'text\n')
    const screens = await onTerminal(program, ['--directory', cwd], { cwd, env }, [
      { sees: 'notes', presses: '2' },
      { sees: 'first words', presses: '\u0003' },
    ])
    const staged = await git('status', '--porcelain')
    return [screens, staged, ...(await each(program, { cwd, env }, [['--nonsense'], ['--version']]))]
  },
}
