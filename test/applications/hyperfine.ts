/** hyperfine: prints measurements, so figures are masked; the rest of its output, exports and errors is compared. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, withoutChance, type Application } from './application.ts'

/** Figures with their units, and what hyperfine says of outliers and of runs that are too short. */
const blank = (text: string): string =>
  text
    .replaceAll(/^\s*(?:Warning|Note).*\n/gm, '')
    .replaceAll(/±?\s*-?\d+(?:\.\d+)?(?:e-?\d+)?\s*(?:ms|µs|s)?\b/g, ' #')
    .replaceAll(/[ ]+/g, ' ')

export const hyperfine: Application = {
  name: 'hyperfine',
  version: '1.20.0',
  program: 'hyperfine',
  profile: 'release',
  says: /Benchmark # ?: sleep/,
  task: async (program, cwd) => {
    const plain = ['--style=basic', '--warmup=1', '--runs=3']
    const results = await each(program, { cwd }, [
      [...plain, 'sleep 0.01', '--export-json=one.json', '--command-name=sleeping'],
      [...plain, '--shell=none', 'sleep 0.02', '--export-markdown=-', '--export-csv=two.csv'],
      [...plain, '--parameter-scan', 'part', '1', '2', 'sleep 0.0{part}'],
      [...plain, 'exit 3'],
      [...plain, '--ignore-failure', 'exit 3', '--show-output'],
      ['--help'],
      ['--version'],
    ])
    const exported = JSON.parse(await readFile(join(cwd, 'one.json'), 'utf8')) as {
      results: readonly object[]
    }
    const table = await readFile(join(cwd, 'two.csv'), 'utf8')
    const shape = `${exported.results.flatMap(Object.keys).join(' ')}\n${table.split('\n')[0]}`
    return withoutChance([...results, { status: 0, stdout: shape, stderr: '' }], blank)
  },
}
