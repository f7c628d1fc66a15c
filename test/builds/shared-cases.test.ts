/** Real cases, each with the expected result next to it, which are not part of the project. Built without a network. */
import { cpSync, existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixBuildOffline, nixIsMissing } from './package-set.ts'

const cases = join(import.meta.dirname, '..', '..', '..', 'shared', 'cases')
const reason = (await nixIsMissing())
  ? ' (no nix-build on this machine)'
  : existsSync(cases)
    ? ''
    : ' (the cases are not beside the project)'

/** Case -> attributes; the program of the first one is run where the case says what it prints. */
const CASES: Readonly<Record<string, readonly [first: string, ...others: string[]]>> = {
  'built-reads-the-lockfile': ['packages.wild-built'],
  'cbindgen-in-build-script': ['packages.wild-plainffi'],
  'cxx-header-of-another-crate': ['packages.wild-cxxapp'],
  'macro-finds-renamed-workspace-dependency': ['packages.wild-rename'],
  'script-prints-bad-utf8': ['packages.wild-bw'],
  'target-outside-its-package': ['packages.wild-ms', 'tests.wild-me', 'packages.wild-ml'],
  'workspace-dir-variable': ['packages.wild-ws', 'tests.wild-ws'],
}

describe.skipIf(reason !== '')(`cases of the field${reason}`, () => {
  const folders: string[] = []
  afterAll(() => removeFolders(folders))

  test.each(Object.entries(CASES))('%s', async (name, attributes) => {
    const set = await machinePackageSet()
    const folder = join(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-')), name)
    folders.push(folder)
    cpSync(join(cases, name), folder, { recursive: true })
    await runOrFail('cargo', ['fetch'], { cwd: folder })
    await cargo2nixOrFail(['generate'], { cwd: folder })
    const [output] = await nixBuildOffline(set, generated(folder, set), attributes)
    const program = attributes[0].slice('packages.'.length)
    const answer = /Right answer: as `[^`]*`[^:`]*: (.*)/.exec(readFileSync(join(folder, 'RUN.txt'), 'utf8'))
    if (answer !== null) {
      expect(await run(`${output}/bin/${program}`, [])).toMatchObject({ status: 0, stdout: `${answer[1]}\n` })
    }
    expect(existsSync('/homeless-shelter')).toBe(false)
  })
})
