/** bat: oniguruma and libgit2 in C, assets that are compiled in, and a build script that reads them. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrFail } from '../program.ts'
import { each, type Application } from './application.ts'

export const bat: Application = {
  name: 'bat',
  version: '0.26.1',
  program: 'bat',
  profile: 'release',
  says: /38;(?:2;\d+;\d+|5);\d+m/,
  task: async (program, cwd) => {
    const env = {
      PATH: process.env['PATH'],
      HOME: cwd,
      LC_ALL: 'C.UTF-8',
      BAT_CONFIG_DIR: join(cwd, 'config'),
      BAT_CACHE_PATH: join(cwd, 'cache'),
    }
    const code = 'use std::fmt;\n\n/// Says "x".\nfn main() {\n\tprintln!("naïve {}", 1 + 0x2f);\n}\n'
    await writeFile(join(cwd, 'main.rs'), code)
    await writeFile(join(cwd, 'page.html'), '<p class="a">text<script>let x = 1</script></p>\n')
    await runOrFail('git', ['init', '--quiet'], { cwd })
    await runOrFail('git', ['add', 'main.rs'], { cwd })
    await writeFile(join(cwd, 'main.rs'), code.replace('1 +', '2 +'))
    const forced = ['--color=always', '--decorations=always', '--paging=never', '--terminal-width=80']
    return each(program, { cwd, env }, [
      [...forced, '--style=full', 'main.rs'],
      [...forced, '--diff', 'main.rs'],
      [...forced, '--theme=GitHub', '--line-range=2:4', '--highlight-line=4', 'main.rs', 'page.html'],
      [...forced, '--show-all', 'main.rs'],
      [...forced, '--language=json', '--map-syntax=*.rs:Python', 'page.html'],
      ['--plain', 'main.rs', 'missing'],
      ['--list-languages'],
      ['--list-themes', '--color=never'],
      ['--acknowledgements'],
      ['--version'],
    ])
  },
}
