/** A module for Python by PyO3: a cdylib that python3 loads. */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, type Application } from './application.ts'

const CALLS = `
import tally
print(tally.version, tally.words("one two one naïve"), tally.__doc__, tally.words.__doc__)
try:
    tally.refuse()
except ValueError as error:
    print("ValueError", error)
tally.words(1)
`

export const pythonModule: Application = {
  name: 'python-module',
  version: '0.1.0',
  folder: join(import.meta.dirname, '..', '..', 'fixtures', 'python-module'),
  program: 'libtally.so',
  profile: 'release',
  says: /\('one', 2\)/,
  task: async (library, cwd) => {
    await copyFile(library, join(cwd, 'tally.so'))
    return each('python3', { cwd }, [['-c', CALLS]])
  },
}
