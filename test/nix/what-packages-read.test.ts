/** Like test/nix/what-targets-read.test.ts, for real packages; `scripts/compare-reads` runs it. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { parse, stringify } from 'smol-toml'
import { afterEach, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { removeFolders } from '../builds/checkout.ts'
import { generated, machinePackageSet, nixIsMissing } from '../builds/package-set.ts'
import { cargoMissing, runCargo } from '../oracle/cargo.ts'
import { cargo2nixOrFail } from '../program.ts'
import { filesReadByCargo, missingFiles } from '../rebuilds/files-read.ts'
import { nixUnits } from '../rebuilds/nix-units.ts'
import { realRustc } from '../recorder/cargo-calls.ts'
import { recorder, recorderVariables } from '../recorder/recorded.ts'

const asked = process.env['COMPARE_READS']
const missing =
  (asked === undefined ? 'scripts/compare-reads runs it' : undefined) ??
  cargoMissing ??
  ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)

describe.skipIf(missing !== undefined)(
  `what packages read${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = []
    afterEach(() => removeFolders(folders.splice(0)))

    test.each((asked ?? '').split('\n'))('%s', async (folder) => {
      const top = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-reads-'))
      folders.push(top)
      const workspace = join(top, basename(folder))
      cpSync(folder, workspace, { recursive: true, filter: (path) => !/\/(?:target|\.git)$/.test(path) })
      const isPublished = existsSync(join(folder, '.cargo-ok'))
      const home = isPublished ? {} : { CARGO_HOME: process.env['CARGO_HOME'] }
      if (isPublished) await makeAlone(workspace)
      const calls = join(top, 'calls')
      mkdirSync(calls)
      const compiler = { ...recorderVariables(calls, realRustc), RECORDER_DEP_INFO: '1', RUSTC: recorder }
      const read = await filesReadByCargo(
        workspace,
        [['test', '--workspace', '--no-run', '--offline', '--locked']],
        join(top, 'target'),
        { ...compiler, ...home, RUSTC_BOOTSTRAP: undefined },
      )
      await cargo2nixOrFail(['generate', '--host', hostTriple(), '--offline', '--out', 'nix-of-the-test'], {
        cwd: workspace,
      })
      const set = await machinePackageSet()
      const cargo = generated(workspace, set).replace('/nix/Cargo.nix', '/nix-of-the-test/Cargo.nix')
      const expression = `builtins.concatMap builtins.attrValues (let c = ${cargo}; in [ c.packages c.tests ])`
      const units = await nixUnits(set, expression, new Map())
      const folderOf = await packageFolders(workspace, home)
      const compared = [...read].filter(([name]) => [...units.values()].includes(name))
      console.log(
        `${basename(folder)}: ${compared.length} of ${read.size} units, ${compared.reduce((sum, [, files]) => sum + files.size, 0)} files`,
      )
      expect(await missingFiles(set, units, read, folderOf)).toEqual([])
    })
  },
)

/** A workspace of one package without dependencies, all of whose features are on. */
async function makeAlone(folder: string): Promise<void> {
  const manifest = parse(readFileSync(join(folder, 'Cargo.toml'), 'utf8')) as Record<string, unknown>
  const names = Object.keys((manifest['features'] ?? {}) as object)
  const features = Object.fromEntries(
    names.map((name) => [name, name === 'default' ? names.filter((each) => each !== name) : []]),
  )
  const gone = ['dependencies', 'dev-dependencies', 'build-dependencies', 'target', 'patch', 'badges']
  const kept = Object.entries(manifest).filter(([key]) => !gone.includes(key))
  writeFileSync(
    join(folder, 'Cargo.toml'),
    stringify({ ...Object.fromEntries(kept), features, workspace: {} }),
  )
  const { status, stderr } = await runCargo(['generate-lockfile', '--offline'], folder)
  if (status !== 0) throw new Error(stderr)
}

async function packageFolders(
  workspace: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<(unit: string) => string> {
  const { stdout } = await runCargo(
    ['metadata', '--no-deps', '--format-version=1', '--offline'],
    workspace,
    env,
  )
  const { packages } = JSON.parse(stdout) as {
    packages: readonly { readonly name: string; readonly manifest_path: string }[]
  }
  const folders = new Map(
    packages.map(({ name, manifest_path: path }) => [name, relative(workspace, join(path, '..'))]),
  )
  return (unit) => folders.get(unit.split(' ')[0]!) ?? ''
}
