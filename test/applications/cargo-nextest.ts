/** cargo-nextest: runs a workspace's tests through cargo; uses zstd in C, and TLS. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, sortedLines, withoutChance, type Application } from './application.ts'

/** Durations, cargo's own progress, the run's id. */
const blank = (text: string): string =>
  sortedLines(
    text
      .replaceAll(/\[\s*[\d.]+s\s*\]/g, '[#]')
      .replaceAll(/in [\d.]+s/g, 'in #')
      .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, '#')
      .replaceAll(/\(\s*\d+\/\d+\)/g, '(#)')
      .replaceAll(/-[\da-f]{16}\b/g, '-#')
      .replaceAll(/'main' \(\d+\)|\(\d+\) panicked/g, '#')
      .replaceAll(/^\s*(?:Compiling|Finished|Blocking|Starting).*\n/gm, ''),
  )

export const cargoNextest: Application = {
  name: 'cargo-nextest',
  version: '0.9.151',
  program: 'cargo-nextest',
  profile: 'dev',
  says: /FAIL \[#\].*wrong/,
  task: async (program, cwd) => {
    await mkdir(join(cwd, 'src'))
    await writeFile(join(cwd, 'Cargo.toml'), '[package]\nname = "tested"\nedition = "2021"\n[workspace]\n')
    await writeFile(
      join(cwd, 'src', 'lib.rs'),
      '#[test]\nfn right() {}\n#[test]\nfn wrong() { assert_eq!(1, 2) }\n#[test]\n#[ignore]\nfn slow() {}\n',
    )
    const env = { ...process.env, NO_COLOR: '1', CARGO_TARGET_DIR: join(cwd, 'target') }
    const results = await each(program, { cwd, env }, [
      ['nextest', 'list'],
      ['nextest', 'list', '--message-format=oneline', '--run-ignored=all'],
      ['nextest', 'run', '--no-fail-fast'],
      ['nextest', 'run', '-E', 'test(right)'],
      ['nextest', 'run', '-E', 'test(('],
      ['nextest', 'show-config', 'test-groups'],
      ['nextest', '--version'],
    ])
    return withoutChance(results, blank)
  },
}
