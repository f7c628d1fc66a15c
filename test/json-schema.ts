/** The schemas of CI files, as check-jsonschema ships them; `scripts/setup --tools` installs it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runOrFail } from './program.ts'

// By Python, since the program's first line names the directory in which it was installed.
const bin = join(import.meta.dirname, '..', '.cache', 'tools', 'python', 'bin')

export const CHECKER_MISSING = 'no check-jsonschema: run scripts/setup --tools'

/** Fails where a file does not fit one of the schemas that the program ships; undefined where it is missing. */
export const checkJsonSchema: ((schema: string, file: string) => Promise<void>) | undefined = existsSync(
  join(bin, 'check-jsonschema'),
)
  ? async (schema, file) => {
      const args = ['-m', 'check_jsonschema', '--builtin-schema', `vendor.${schema}`, file]
      await runOrFail(join(bin, 'python3'), args)
    }
  : undefined
