/** just: proc macros, and C and assembler in blake3. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, type Application } from './application.ts'

export const just: Application = {
  name: 'just',
  version: '1.40.0',
  program: 'just',
  profile: 'release',
  says: /hello Garage, 3 files/,
  task: async (program, cwd) => {
    const justfile = `
greeting := "hello"
upper := uppercase(greeting)
digest := sha256(greeting)
other := blake3(greeting)

# says hello
greet name count="3": prepare
  @echo {{greeting}} {{name}}, {{count}} files

prepare:
  @echo {{upper}} {{digest}} {{other}} {{ semver_matches("1.2.3", ">1.1") }}

[private]
script:
  #!/bin/sh
  echo from a script
  exit 3
`
    await writeFile(join(cwd, 'justfile'), justfile)
    return each(program, { cwd }, [
      ['greet', 'Garage'],
      ['--list'],
      ['--dump', '--dump-format=json'],
      ['--evaluate'],
      ['script'],
      ['missing'],
      ['--completions', 'bash'],
      ['--version'],
    ])
  },
}
