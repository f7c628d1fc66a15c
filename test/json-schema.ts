/** The schemas of CI files, as check-jsonschema ships them; `scripts/setup --tools` installs it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runOrFail } from './program.ts'

const program = join(import.meta.dirname, '..', '.cache', 'tools', 'python', 'bin', 'check-jsonschema')

export const CHECKER_MISSING = 'no check-jsonschema: run scripts/setup --tools'

/** Fails where a file does not fit one of the schemas that the program ships; undefined where it is missing. */
export const checkJsonSchema: ((schema: string, file: string) => Promise<void>) | undefined = existsSync(
  program,
)
  ? async (schema, file) => {
      await runOrFail(program, ['--builtin-schema', `vendor.${schema}`, file])
    }
  : undefined
