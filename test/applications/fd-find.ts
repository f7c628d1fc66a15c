/** fd: jemalloc, built by its own configure and make. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, sortedLines, withoutChance, type Application } from './application.ts'

export const fdFind: Application = {
  name: 'fd-find',
  version: '10.5.0',
  program: 'fd',
  profile: 'release',
  says: /deep\/two\.rs/,
  task: async (program, cwd) => {
    await mkdir(join(cwd, 'deep', '.hidden'), { recursive: true })
    await mkdir(join(cwd, '.git'))
    await writeFile(join(cwd, '.gitignore'), '*.log\n')
    await writeFile(join(cwd, 'one.rs'), 'fn main() {}\n')
    await writeFile(join(cwd, 'deep', 'two.rs'), 'x'.repeat(5000))
    await writeFile(join(cwd, 'deep', 'two.log'), '')
    await writeFile(join(cwd, 'deep', '.hidden', 'naïve.txt'), '')
    await symlink('one.rs', join(cwd, 'link'))
    const results = await each(program, { cwd }, [
      [],
      ['--extension', 'rs'],
      ['--hidden', '--no-ignore', '--color=always', '--strip-cwd-prefix'],
      ['--type=file', '--size=+1k', '--exec-batch', 'wc', '-c'],
      ['--type=symlink', '--exec', 'echo', '{/.} in {//}'],
      ['--glob', '*.{rs,txt}', '--hidden', '--absolute-path'],
      ['(unclosed'],
      ['--gen-completions', 'fish'],
      ['--version'],
    ])
    return withoutChance(results, sortedLines)
  },
}
