/** Completions, queried from the shells themselves, and the manual page, read by two man page readers. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nix, cargo2nixOrFail, cli, run, runOrFail } from './program.ts'

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`])
    return true
  } catch {
    return false
  }
}

/** What bash's completions stand on, ours too. */
const BASH_COMPLETION = '/usr/share/bash-completion/bash_completion'

let directory: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
  chmodSync(cli, 0o755)
  symlinkSync(cli, join(directory, 'cargo2nix-ts'))
  env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}`, HOME: directory }
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await cargo2nixOrFail(['completions', shell])
    writeFileSync(join(directory, shell === 'zsh' ? '_cargo2nix-ts' : `completions.${shell}`), stdout)
  }
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Each answers with the words that the shell offers for the last word of a line. */
const shells: Readonly<Record<string, (line: string) => Promise<string>>> = {
  bash: async (line) => {
    const words = line.split(' ')
    const script = `source ${BASH_COMPLETION}; source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}
      function=$(complete -p cargo2nix-ts | sed 's/.*-F \\([^ ]*\\).*/\\1/')
      compopt() { :; }
      "$function" cargo2nix-ts "\${COMP_WORDS[COMP_CWORD]}" ""
      printf '%s\\n' "\${COMPREPLY[@]}"`
    return (
      await runOrFail('bash', ['-c', script, 'bash', join(directory, 'completions.bash'), ...words], { env })
    ).stdout
  },
  fish: async (line) => {
    const script = `source ${join(directory, 'completions.fish')}; complete --do-complete=${JSON.stringify(line)}`
    return (await runOrFail('fish', ['--no-config', '-c', script], { env })).stdout
  },
  zsh: async (line) => {
    // As a person would see it: a shell of its own, the line, a tab, and what it shows.
    const script = `zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'PS1=; fpath=("$1" $fpath); autoload -Uz compinit; compinit -u -D; zstyle ":completion:*" list-prompt ""; LISTMAX=1000; stty columns 200 rows 1000; echo READY'
      zpty -m -r shell output '*READY*READY*'
      zpty -n -w shell "$2"$'\\t\\t'
      sleep 2
      while zpty -t -r shell part; do print -r -- "$part"; done`.replace('"$1"', `"${directory}"`)
    return (await runOrFail('zsh', ['-f', '-c', script, 'zsh', directory, line], { env })).stdout
  },
}

test('no other shells are offered', async () => {
  const { status, stderr } = await cargo2nix(['completions', 'powershell'])
  expect(status).toBe(2)
  expect(stderr).toContain('Allowed choices are bash, zsh, fish.')
})

describe.each(Object.keys(shells))('completions of %s', (shell) => {
  const missing = !isInstalled(shell) || (shell === 'bash' && !existsSync(BASH_COMPLETION))
  const why = missing ? ` (skipped: no ${shell}${shell === 'bash' ? '-completion' : ''})` : ''
  const offered = (line: string): Promise<string> => shells[shell]!(line)

  test.skipIf(missing)(`subcommands are completed${why}`, async () => {
    expect(await offered('cargo2nix-ts ge')).toContain('generate')
    expect(await offered('cargo2nix-ts targets a')).toContain('add')
  })

  test.skipIf(missing)(`flags are completed${why}`, async () => {
    const flags = await offered('cargo2nix-ts generate --o')
    expect(flags).toContain('--offline')
    expect(flags).toContain('--out')
    expect(flags).not.toContain('--json')
  })

  test.skipIf(missing)(`the values of flags and arguments are completed${why}`, async () => {
    expect(await offered('cargo2nix-ts init --ci git')).toContain('gitlab')
    expect(await offered('cargo2nix-ts generate --color al')).toContain('always')
    expect(await offered('cargo2nix-ts unit-graph be')).toContain('bench')
    expect(await offered('cargo2nix-ts toolchain update be')).toContain('beta')
  })

  test.skipIf(missing)(`targets are completed${why}`, async () => {
    for (const line of [
      'cargo2nix-ts generate --target aarch64-unknown-linux-',
      'cargo2nix-ts targets add aarch64-unknown-linux-',
    ]) {
      const targets = await offered(line)
      expect(targets).toContain('aarch64-unknown-linux-musl')
      expect(targets).not.toContain('x86_64-unknown-linux-musl')
    }
  })
})

describe('the manual', () => {
  const page = async (): Promise<string> => {
    const file = join(directory, 'cargo2nix-ts.1')
    writeFileSync(file, (await cargo2nixOrFail(['manual'])).stdout)
    return file
  }

  const noMandoc = !isInstalled('mandoc')
  test.skipIf(noMandoc)(`mandoc finds nothing wrong${noMandoc ? ' (skipped: no mandoc)' : ''}`, async () => {
    const { stdout, stderr } = await run('mandoc', ['-T', 'lint', '-W', 'warning', await page()])
    // A page without a date is the same, whenever it was made.
    const complaints = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line !== '' && !line.includes('missing date'))
    expect(complaints).toEqual([])
  })

  const noMan = !isInstalled('man')
  test.skipIf(noMan)(`man renders every command${noMan ? ' (skipped: no man)' : ''}`, async () => {
    const { stdout } = await runOrFail('man', ['--local-file', await page()], {
      env: { ...env, MANWIDTH: '100', MAN_KEEP_FORMATTING: '', LC_ALL: 'C.UTF-8' },
    })
    const { stdout: help } = await cargo2nixOrFail(['--help'])
    const commands = [...help.matchAll(/^ {2}([a-z-]+) .*$/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help')
    expect(commands.length).toBeGreaterThan(8)
    expect(commands.filter((name) => !new RegExp(`^ +${name}\\b`, 'm').test(stdout))).toEqual([])
    expect(stdout).toContain('--manifest-path')
  })
})
