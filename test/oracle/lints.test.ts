/** `[lints]`: the flags and their order are those that cargo passes to rustc. */
import { chmodSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { configReader } from '../../src/cargo/config/config-reader.ts'
import { lintFlags } from '../../src/cargo/manifest/lints.ts'
import { readSourceConfig } from '../../src/cargo/config/source-config.ts'
import { manifestLoader } from '../../src/io/manifests/manifest-loader.ts'
import { readConfigFiles } from '../../src/io/workspace/read-config.ts'
import { folderWith } from '../folder.ts'
import { cargos, runCargo } from './cargo.ts'

const lints = `
[workspace.lints.rust]
unused = { level = "warn", priority = -1 }
unsafe_code = "forbid"
dead_code = "allow"
missing_docs = { level = "warn" }
non-ascii-idents = "forbid"
unused-qualifications = { level = "warn", priority = -1 }
nonstandard_style = { level = "deny", priority = -1 }
unexpected_cfgs = { level = "warn", check-cfg = ['cfg(a)', 'cfg(b, values("x"))'] }

[workspace.lints.clippy]
all = { level = "warn", priority = -1 }
pedantic = { level = "allow", priority = -2 }
dead_code = "warn"
unwrap_used = "deny"
needless-return = "allow"

[workspace.lints.rustdoc]
broken_intra_doc_links = "allow"

[workspace.lints.cargo]
unused = "deny"
`

const wrapper = `#!/bin/sh
for argument; do printf '%s\\0' "$argument"; done > "$ARGUMENTS"
exec "$@"
`

const folder = realpathSync(
  folderWith({
    'Cargo.toml': `[workspace]\nmembers = ["member"]\nresolver = "2"\n${lints}`,
    'member/Cargo.toml':
      '[package]\nname = "member"\nversion = "0.1.0"\nedition = "2021"\n[lints]\nworkspace = true\n',
    'member/src/lib.rs': '',
    wrapper,
  }),
)

afterAll(() => rmSync(folder, { recursive: true }))

test.for(cargos)('lints reach rustc as they do with cargo $version', async (cargo) => {
  chmodSync(join(folder, 'wrapper'), 0o755)
  const file = join(folder, `arguments-${cargo.version}`)
  const env = {
    RUSTC_WORKSPACE_WRAPPER: join(folder, 'wrapper'),
    ARGUMENTS: file,
    RUSTC_BOOTSTRAP: undefined,
    CARGO_TARGET_DIR: join(folder, `target-${cargo.version}`),
  }
  expect(await runCargo(['check', '--offline'], folder, env, cargo)).toMatchObject({ status: 0 })
  const given = readFileSync(file, 'utf8').split('\0')
  const first = given.findIndex((argument) => /^--(allow|warn|deny|forbid)=/.test(argument))
  const ours = lintFlags(readLints())
  // Cargo adds a lint of its own and the declared features around them.
  const start = given.indexOf(ours[0]!)
  expect(given.slice(start, start + ours.length)).toEqual(ours)
  expect(given.slice(first, start).join(' ')).not.toMatch(/unsafe_code|dead_code|clippy/)
})

function readLints(): Parameters<typeof lintFlags>[0] {
  const home = join(folder, 'home')
  const loader = manifestLoader(
    readSourceConfig(configReader(readConfigFiles(folder, home), {}, folder)),
    home,
  )
  return loader.package(join(folder, 'member', 'Cargo.toml')).manifest.lints
}
