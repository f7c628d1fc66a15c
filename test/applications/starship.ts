/** starship: gitoxide, a dozen proc macros, a build script that generates code. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrFail } from '../program.ts'
import { each, withoutChance, type Application } from './application.ts'

export const starship: Application = {
  name: 'starship',
  version: '1.27.0',
  program: 'starship',
  profile: 'dev',
  // It asks for the time.
  buildEnvironment: { SOURCE_DATE_EPOCH: '315532800' },
  says: /feature-branch/,
  task: async (program, cwd) => {
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: cwd,
      LC_ALL: 'C.UTF-8',
      STARSHIP_SHELL: 'bash',
      STARSHIP_CONFIG: join(cwd, 'config.toml'),
      STARSHIP_CACHE: join(cwd, 'cache'),
      GIT_CONFIG_GLOBAL: '/dev/null',
    }
    await writeFile(
      join(cwd, 'config.toml'),
      'command_timeout = 5000\nscan_timeout = 1000\n[time]\ndisabled = true\n[git_status]\nstyle = "bold red"\n',
    )
    const project = join(cwd, 'project')
    await mkdir(project)
    await runOrFail('git', ['init', '--quiet', '--initial-branch=feature-branch'], { cwd: project })
    await writeFile(join(project, 'package.json'), '{ "version": "1.2.3" }\n')
    await writeFile(join(project, 'new.txt'), '')
    await runOrFail('git', ['add', 'package.json'], { cwd: project })
    const options = { cwd: project, env }
    const results = await each(program, options, [
      ['prompt', '--status=127', '--cmd-duration=65000', '--jobs=2', '--terminal-width=80'],
      ['prompt', '--right'],
      ['module', 'git_branch'],
      ['module', 'git_status'],
      ['module', 'package'],
      ['preset', 'nerd-font-symbols'],
      ['print-config', 'git_status'],
      ['init', 'zsh', '--print-full-init'],
      ['module', 'nothing'],
      ['--version'],
    ])
    // its own place; and rustup's name of the toolchain, which Nix does not have
    const blank = (text: string): string =>
      text.replaceAll(program, 'starship').replace(/^(build_env:[^,]+),.*$/m, '$1')
    return withoutChance(results, blank)
  },
}
