/**
 * Targets that JSON files describe.
 *
 * In: paths. Out: a target for each, called by the file's name without `.json`, as cargo calls it in the configuration.
 */
import { basename, dirname, resolve } from 'node:path'
import type { Environment } from '../../cargo/config/config-reader.ts'
import type { CfgRow } from '../../cargo/ids/cfg-expr.ts'
import { unknownTarget } from '../../cargo/platform/target-cfg.ts'
import { targetRow } from '../../cargo/platform/target-table.ts'
import type { CargoConfig, CustomTarget } from '../../cargo/workspace/workspace.ts'
import { Cargo2NixError } from '../../errors.ts'
import { append } from '../../maps.ts'
import { once } from '../../once.ts'
import { recordOf } from '../../record.ts'
import { readFileIfAny } from '../read-file.ts'
import { askRustcIn, type AskRustc } from './ask-rustc.ts'

interface TargetNames {
  /** As on the command line: relative to `cwd`. */
  readonly named: readonly string[]
  /** As in the settings: relative to the workspace. */
  readonly ofSettings: readonly string[]
  readonly cwd: string
  readonly env: Environment
}

/**
 * Without the switch, cargo refuses a JSON file: the configuration's is then left to it.
 *
 * @param manifest of the workspace's root
 */
export function withCustomTargets(
  config: CargoConfig,
  { named, ofSettings, cwd, env }: TargetNames,
  manifest: string,
): CargoConfig {
  const isFile = (name: string): boolean => name.endsWith('.json')
  const { build, jsonTargets } = config
  const root = dirname(manifest)
  const placed = [
    ...named.map((name) => resolve(cwd, name)),
    ...ofSettings.map((name) => resolve(root, name)),
  ]
  const paths = [...placed, ...(jsonTargets ? build.target : [])].filter(isFile)
  if (paths.length === 0) return config
  if (!jsonTargets) {
    const ofManifest = ofSettings.find(isFile)
    const { code, message, hint } = unknownTarget(ofManifest ?? paths[0]!)
    if (ofManifest === undefined) throw new Cargo2NixError({ code, message, hint })
    throw new Cargo2NixError({
      code,
      path: manifest,
      message: `metadata.cargo2nix.targets: ${message}`,
      hint,
    })
  }
  const target = build.target.map((name) => (isFile(name) ? basename(name, '.json') : name))
  return {
    ...config,
    build: { ...build, target },
    customTargets: customTargets(paths, askRustcIn(root, env)),
  }
}

/**
 * Reads the files; asks rustc about a target only if something must know its cfgs.
 *
 * @param paths absolute
 * @throws Cargo2NixError `unknown-target` if one is not there, `not-supported` for a name that is taken
 */
function customTargets(paths: readonly string[], ask: AskRustc): CargoConfig['customTargets'] {
  const found = new Map<string, CustomTarget>()
  for (const path of paths) {
    const name = checkedName(path)
    const other = found.get(name)
    if (other !== undefined && other.path !== path) refuseName(path, name, `that of ${other.path}, too`)
    const text = readFileIfAny(path, 'unknown-target')?.toString('utf8') ?? refuseMissing(path)
    const row = once(() => rowOf(path, ask))
    found.set(name, {
      path,
      text,
      get row() {
        return row()
      },
    })
  }
  return recordOf([...found])
}

function checkedName(path: string): string {
  const name = basename(path, '.json')
  if (targetRow(name) !== undefined) refuseName(path, name, "that of one of rustc's own targets")
  if (!/^\w[\w.-]*$/.test(name)) refuseName(path, name, 'not made of letters, digits, `_`, `-` and `.`')
  return name
}

function refuseName(path: string, name: string, problem: string): never {
  throw new Cargo2NixError({
    code: 'not-supported',
    path,
    message: `the name of the custom target, \`${name}\`, is ${problem}`,
    hint: 'rename the file',
  })
}

function refuseMissing(path: string): never {
  throw new Cargo2NixError({
    code: 'unknown-target',
    path,
    message: 'there is no such file, and a custom target is described in one',
    hint: 'correct the path: in the settings, it is relative to the workspace',
  })
}

function rowOf(path: string, ask: AskRustc): CfgRow {
  const { status, stdout, problem } = ask(['--print', 'cfg', '--target', path, '-Zunstable-options'])
  if (status !== 0) {
    throw new Cargo2NixError({
      code: 'unknown-target',
      path,
      message: `rustc does not accept the custom target: ${problem}`,
      hint: 'its fields differ between releases: compare with `rustc --print target-spec-json -Zunstable-options --target` and a similar target',
    })
  }
  const row = new Map<string, string[]>()
  for (const line of stdout.split('\n')) {
    const [, name, value] = /^(\w+)(?:="(.*)")?$/.exec(line.trim()) ?? []
    if (name === undefined) continue
    if (value !== undefined) append(row, name, value)
    else if (!row.has(name)) row.set(name, [])
  }
  return row
}
