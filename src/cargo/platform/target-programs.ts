/**
 * Which linker and runner the configuration sets for a platform.
 *
 * In: the configuration and the platform's cfgs. Out: `linker` or `runner` from the platform's own table, or
 * else from a `cfg(…)` one.
 * Mirrors `target_linker` and `target_runner` in `core/compiler/compilation.rs` of cargo 0.96. Unlike
 * rustflags, they apply to host units with and without `--target`; but build scripts never use a runner.
 */
import { Cargo2NixError } from '../../errors.ts'
import { keyHolds, type CfgSet } from '../ids/cfg-expr.ts'
import type { CargoConfig, TargetConfig } from '../workspace/workspace.ts'

/**
 * @returns a program's name or an absolute path; undefined if not set
 * @throws Cargo2NixError `bad-config` if two `cfg(…)` tables set one, as in cargo
 */
export function linkerOf(config: CargoConfig, triple: string, cfgs: CfgSet): string | undefined {
  return settingOf(config, 'linker', triple, cfgs)
}

/**
 * @returns a program, as for a linker, and its arguments; undefined if not set
 * @throws Cargo2NixError `bad-config` if two `cfg(…)` tables set one, as in cargo
 */
export function runnerOf(config: CargoConfig, triple: string, cfgs: CfgSet): readonly string[] | undefined {
  return settingOf(config, 'runner', triple, cfgs)
}

function settingOf<Key extends 'linker' | 'runner'>(
  { target }: CargoConfig,
  name: Key,
  triple: string,
  cfgs: CfgSet,
): TargetConfig[Key] {
  const own = target[triple]?.[name]
  if (own !== undefined) return own
  const [first, second] = Object.entries(target).filter(
    ([key, table]) => table[name] !== undefined && keyHolds(key, triple, cfgs),
  )
  if (second === undefined) return first?.[1][name]
  throw new Cargo2NixError({
    code: 'bad-config',
    path: '.cargo/config.toml',
    message: `\`target.'${first![0]}'.${name}\` and \`target.'${second[0]}'.${name}\` both hold for \`${triple}\``,
    hint: `keep one of them, or say which in \`target.${triple}.${name}\``,
  })
}
