/** ripgrep: a build script that reads the repository. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, type Application } from './application.ts'

export const ripgrep: Application = {
  name: 'ripgrep',
  version: '14.1.1',
  program: 'rg',
  profile: 'release',
  says: /deep\/three\.rs:2:.*needle/,
  task: async (program, cwd) => {
    await mkdir(join(cwd, 'deep', '.hidden'), { recursive: true })
    await mkdir(join(cwd, '.git'))
    await writeFile(join(cwd, '.gitignore'), 'ignored.*\n')
    await writeFile(join(cwd, 'one.txt'), 'a needle\nhay\nNeedle again: naïve café\n')
    await writeFile(join(cwd, 'ignored.txt'), 'needle\n')
    await writeFile(join(cwd, 'deep', 'three.rs'), 'fn hay() {}\n// needle_1 needle_22\n')
    await writeFile(join(cwd, 'deep', '.hidden', 'four.rs'), 'needle\n')
    return each(program, { cwd }, [
      ['--sort=path', '--line-number', 'needle', '.'],
      ['--sort=path', '--ignore-case', '--count-matches', '--hidden', '--no-ignore', 'needle', '.'],
      ['--sort=path', '--color=always', '--replace=<$1>', String.raw`needle_(\d+)`, '--type=rust', '.'],
      ['--only-matching', String.raw`\b\w*é\b`, 'one.txt'],
      ['--files', '--sort=path'],
      ['(unclosed'],
      ['--pcre2', 'x'],
      ['--type-list'],
      ['--generate=complete-bash'],
      ['--version'],
    ])
  },
}
