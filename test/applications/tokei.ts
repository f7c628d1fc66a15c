/** tokei: a build script that generates code from a template. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { each, type Application } from './application.ts'

export const tokei: Application = {
  name: 'tokei',
  version: '15.0.0',
  program: 'tokei',
  profile: 'release',
  says: /JavaScript\s+1\s+1\s+1/,
  task: async (program, cwd) => {
    await mkdir(join(cwd, 'source'))
    await writeFile(
      join(cwd, 'source', 'main.rs'),
      '//! docs\n//! more\nfn main() {\n    /* one\n    two */ println!("// no comment");\n}\n',
    )
    await writeFile(join(cwd, 'source', 'page.html'), '<html>\n<script>\nlet x = 1\n</script>\n</html>\n')
    await writeFile(join(cwd, 'source', 'notes.md'), '# Title\n\n```rust\nlet a = 1;\n```\n')
    await writeFile(join(cwd, 'source', 'unknown.zzz'), 'x\n')
    return each(program, { cwd }, [
      ['source', '--sort=code'],
      ['source', '--files', '--sort=lines'],
      ['source', '--types=Rust,HTML', '--compact'],
      ['source/main.rs', '--output=json'],
      ['nowhere'],
      ['--languages'],
      ['--version'],
    ])
  },
}
