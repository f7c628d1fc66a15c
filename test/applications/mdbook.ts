/** mdbook: templates, scripts and styles of a whole site, compiled in. */
import { createHash } from 'node:crypto'
import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, type Application } from './application.ts'

/** One line a file below a folder: its path and a digest. */
async function digests(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const lines = await Promise.all(
    files.map(
      async (file) =>
        `${file} ${createHash('sha256')
          .update(await readFile(file))
          .digest('hex')}`,
    ),
  )
  return lines.sort().join('\n')
}

export const mdbook: Application = {
  name: 'mdbook',
  version: '0.5.4',
  program: 'mdbook',
  profile: 'dev',
  says: /book\/index\.html/,
  task: async (program, cwd) => {
    const options = { cwd, env: { ...process.env, RUST_LOG: 'error' } }
    const made = await each(program, options, [['init', '--title=A book', '--ignore=none', 'made']])
    await appendFile(
      join(cwd, 'made', 'src', 'chapter_1.md'),
      '\n## Part\n\n```rust\nfn main() {}\n# hidden();\n```\n\n| a | b |\n|---|---|\n| ~~1~~ | 2[^n] |\n\n[^n]: note\n',
    )
    const results = await each(program, options, [
      ['build', 'made'],
      ['build', 'nowhere'],
      ['clean', 'nowhere'],
      ['completions', 'zsh'],
      ['--version'],
    ])
    const site = { status: 0, stdout: await digests(join(cwd, 'made')), stderr: '' }
    return [...made, ...results, site]
  },
}
