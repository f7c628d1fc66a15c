/**
 * Which of rustc's flags change the cfgs of a target.
 *
 * In: flags as cargo passes them (`rustflags` of the configuration, `RUSTFLAGS`), one word per element. Out:
 * the relevant flags, by rustc's own precedence: `-C target-feature` accumulates; of the others the last one
 * wins.
 * Mirrors the option table of rustc 1.95 (`rustc_session::config` and `options`): short options may have
 * their value attached, long ones take `=`, and `_` in a codegen option means `-`.
 */
import { Cargo2NixError } from '../../errors.ts'

export interface CfgFlags {
  /** `--cfg`; the value is undefined for a bare name. */
  readonly cfgs: readonly { readonly name: string; readonly value: string | undefined }[]
  /** The items of all `-C target-feature` in order, such as `+avx2`. */
  readonly targetFeatures: readonly string[]
  readonly targetCpu: string | undefined
  readonly panic: string | undefined
  readonly debugAssertions: boolean
  readonly test: boolean
}

interface Option {
  readonly name: string
  readonly value: string
}

/** Options that take a value: the next word may be the value, and is then not an option. */
const SHORT_WITH_VALUE = /[CLloAWDFZ]/
const LONG_WITH_VALUE = new Set(
  (
    'cfg check-cfg codegen crate-type crate-name edition emit print out-dir explain target allow warn deny forbid ' +
    'cap-lints force-warn extern sysroot error-format json color diagnostic-width remap-path-prefix remap-path-scope'
  ).split(' '),
)

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['', 'y', 'yes', 'on', 'true'].map((word) => [word, true] as const),
  ...['n', 'no', 'off', 'false'].map((word) => [word, false] as const),
])

/**
 * Parses the flags.
 *
 * @throws Cargo2NixError `bad-config` for a `--cfg` that rustc refuses.
 */
export function cfgFlags(rustflags: readonly string[]): CfgFlags {
  const options = optionsOf(rustflags)
  const codegen = options
    .filter(({ name }) => name === 'C' || name === 'codegen')
    .map(({ value }) => codegenOption(value))
  const valuesOf = (name: string): readonly string[] =>
    codegen.filter((option) => option.name === name).map(({ value }) => value)
  const optLevels = options.flatMap((option) => optLevelOf(option) ?? [])
  return {
    cfgs: options.filter(({ name }) => name === 'cfg').map(({ value }) => parseCfg(value)),
    targetFeatures: valuesOf('target-feature').flatMap((list) => list.split(',')),
    targetCpu: valuesOf('target-cpu').at(-1),
    panic: valuesOf('panic').at(-1),
    debugAssertions:
      BOOLEANS.get(valuesOf('debug-assertions').at(-1) ?? 'unset') ?? (optLevels.at(-1) ?? '0') === '0',
    test: options.some(({ name }) => name === 'test'),
  }
}

function optLevelOf({ name, value }: Option): string | undefined {
  if (name === 'O') return '3'
  if (name !== 'C' && name !== 'codegen') return undefined
  const option = codegenOption(value)
  return option.name === 'opt-level' ? option.value : undefined
}

function codegenOption(text: string): Option {
  const at = text.indexOf('=')
  const name = at === -1 ? text : text.slice(0, at)
  return { name: name.replaceAll('_', '-'), value: at === -1 ? '' : text.slice(at + 1) }
}

function optionsOf(words: readonly string[]): readonly Option[] {
  const options: Option[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const found = word.startsWith('--') ? longOption(word) : shortOptions(word)
    const last = found.at(-1)
    if (last?.value !== undefined || last === undefined || !takesValue(last.name))
      options.push(...found.map(complete))
    else {
      at += 1
      options.push(...found.slice(0, -1).map(complete), { name: last.name, value: words[at] ?? '' })
    }
  }
  return options
}

interface Written {
  readonly name: string
  readonly value: string | undefined
}

function complete({ name, value }: Written): Option {
  return { name, value: value ?? '' }
}

function takesValue(name: string): boolean {
  return name.length === 1 ? SHORT_WITH_VALUE.test(name) : LONG_WITH_VALUE.has(name)
}

function longOption(word: string): readonly Written[] {
  const at = word.indexOf('=')
  return [
    at === -1
      ? { name: word.slice(2), value: undefined }
      : { name: word.slice(2, at), value: word.slice(at + 1) },
  ]
}

/** `-gO` is `-g -O`, `-Cpanic=abort` is `-C panic=abort`. */
function shortOptions(word: string): readonly Written[] {
  if (!word.startsWith('-') || word === '-') return []
  const letters = word.slice(1)
  const first = letters.search(SHORT_WITH_VALUE)
  const at = first === -1 ? letters.length : first
  const flags = letters
    .slice(0, at)
    .split('')
    .map((name) => ({ name, value: undefined }))
  if (first === -1) return flags
  const rest = letters.slice(at + 1)
  return [...flags, { name: letters.charAt(at), value: rest === '' ? undefined : rest }]
}

function parseCfg(text: string): { readonly name: string; readonly value: string | undefined } {
  const match =
    /^\s*(?:r#)?([A-Za-z_][A-Za-z0-9_]*)\s*(?:=\s*(?:"([^"\\]*)"|r"([^"]*)"|r#"([^"]*)"#)\s*)?$/.exec(text)
  if (match === null) {
    throw new Cargo2NixError({
      code: 'bad-config',
      path: '.cargo/config.toml',
      message: `\`rustflags\`: invalid \`--cfg ${text}\`: it must be NAME or NAME="VALUE"`,
      hint: 'correct it where the configuration sets rustflags',
    })
  }
  const [, name = '', plain, raw, hashed] = match
  return { name, value: plain ?? raw ?? hashed }
}
