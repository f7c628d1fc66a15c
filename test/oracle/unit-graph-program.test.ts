/** The `unit-graph` command prints what its functions compute, and parses its command line like cargo. */
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { cargo2nix } from '../program.ts'
import { cargoMissing, cleanEnvironment, runCargo } from './cargo.ts'
import { askOurs, toArguments } from './unit-graph.ts'
import { parseFixture } from './unit-fixture.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'units')

describe.skipIf(cargoMissing !== undefined)(`the program (${cargoMissing ?? 'cargo is there'})`, () => {
  test.for([
    'cli-features-with-resolver-2',
    'package-selection',
    'targets-of-cargo-check',
    'profiles-of-ones-own',
  ])('%s', async (name) => {
    const fixture = parseFixture(readFileSync(join(fixtures, `${name}.txtar`), 'utf8'))
    const folder = folderWith(fixture.files)
    await runCargo(['generate-lockfile', '--offline'], folder)
    for (const { text, request, around } of fixture.requests) {
      const cwd = join(folder, around.cwd ?? '')
      const env = { ...cleanEnvironment(around.env) }
      const finished = await cargo2nix(['unit-graph', ...toArguments(request), '--offline'], { cwd, env })
      const answer = (await askOurs(folder, around)).answer(request)
      expect(finished.status, `${text}\n${finished.stderr}`).toBe(answer.kind === 'graph' ? 0 : 2)
      if (answer.kind === 'graph') expect(JSON.parse(finished.stdout), text).toEqual(answer.graph)
    }
    rmSync(folder, { recursive: true })
  })

  test('a target whose file is missing is refused only if it is requested', async () => {
    const folder = folderWith({
      'Cargo.toml': '[package]\nname = "foo"\nversion = "0.1.0"\nedition = "2021"\n',
      'Cargo.lock': 'version = 4\n[[package]]\nname = "foo"\nversion = "0.1.0"\n',
      'src/lib.rs': '',
    })
    mkdirSync(join(folder, 'examples'))
    symlinkSync('nowhere.rs', join(folder, 'examples', 'gone.rs'))
    const env = { ...cleanEnvironment() }
    for (const command of ['build', 'test']) {
      const cargo = await runCargo([command, '--unit-graph', '-Zunstable-options', '--offline'], folder)
      const { status, stderr } = await cargo2nix(['unit-graph', command], { cwd: folder, env })
      expect(status, stderr).toBe(cargo.status === 0 ? 0 : 2)
      if (command === 'test')
        expect(stderr).toContain('`example.gone.path`: there is no file `examples/gone.rs`')
    }
    rmSync(folder, { recursive: true })
  })
})
