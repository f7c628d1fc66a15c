/**
 * Which linker the configuration names for a platform.
 *
 * In: the configuration and the platform's cfgs. Out: what `linker` says, of its own table or else of a `cfg(…)` one.
 * Mirrors `target_linker` in `core/compiler/compilation.rs` of cargo 0.96. Unlike rustflags, it holds for host units
 * with and without `--target`.
 */
import { Cargo2NixError } from '../errors.ts'
import { keyHolds, type CfgSet } from './cfg-expr.ts'
import type { CargoConfig } from './workspace.ts'

/**
 * @returns a program's name or an absolute path; undefined where nothing is said
 * @throws Cargo2NixError `bad-config` where two `cfg(…)` tables name one, as cargo does
 */
export function linkerOf({ target }: CargoConfig, triple: string, cfgs: CfgSet): string | undefined {
  const own = target[triple]?.linker
  if (own !== undefined) return own
  const matching = Object.entries(target).filter(
    ([key, { linker }]) => linker !== undefined && keyHolds(key, triple, cfgs),
  )
  const [first, second] = matching
  if (second === undefined) return first?.[1].linker
  throw new Cargo2NixError({
    code: 'bad-config',
    message: `\`target.'${first![0]}'.linker\` and \`target.'${second[0]}'.linker\` both hold for \`${triple}\``,
    hint: `keep one of them, or say which in \`target.${triple}.linker\``,
  })
}
