/**
 * Configuration without effect on what is generated that cargo checks in every build.
 *
 * Mirrors the types in `util/context/mod.rs` and `util/context/schema.rs` of cargo 0.96 (`CargoBuildConfig`,
 * `CargoHttpConfig`, `TermConfig`, `CargoResolverConfig`) and `BuildConfig::new`.
 */
import {
  environmentKey,
  refuseKey,
  wordOf,
  type ConfigKey,
  type ConfigReader,
} from '../config/config-reader.ts'

const STRINGS: readonly ConfigKey[] = [
  ...['rustc', 'rustdoc', 'rustc-wrapper', 'rustc-workspace-wrapper'].map((name) => ['build', name]),
  ...['target-dir', 'build-dir', 'dep-info-basedir', 'artifact-dir'].map((name) => ['build', name]),
  ...['proxy', 'cainfo', 'proxy-cainfo', 'user-agent'].map((name) => ['http', name]),
]

const BOOLEANS: readonly ConfigKey[] = [
  ...['pipelining', 'sbom'].map((name) => ['build', name]),
  ...['check-revoke', 'multiplexing', 'debug'].map((name) => ['http', name]),
  ...['verbose', 'quiet', 'unicode', 'hyperlinks'].map((name) => ['term', name]),
  ['term', 'progress', 'term-integration'],
]

const NUMBERS: readonly ConfigKey[] = [
  ['http', 'timeout'],
  ['http', 'low-speed-limit'],
  ['term', 'progress', 'width'],
]

const WORDS: readonly (readonly [key: ConfigKey, words: readonly string[]])[] = [
  [
    ['resolver', 'incompatible-rust-versions'],
    ['allow', 'fallback'],
  ],
  [
    ['term', 'color'],
    ['auto', 'always', 'never'],
  ],
]

/** @throws Cargo2NixError `bad-config`, naming file and key */
export function checkUnusedConfig(reader: ConfigReader): void {
  for (const key of STRINGS) reader.string(key)
  for (const key of BOOLEANS) reader.boolean(key)
  for (const key of NUMBERS) checkNumber(reader, key)
  for (const [key, words] of WORDS) wordOf(reader, key, words)
  checkJobs(reader)
  checkProgress(reader)
  const paths = reader.value(['paths'])
  if (paths !== undefined && paths.kind !== 'list') refuseKey(reader, ['paths'], 'expected a list of strings')
  for (const name of reader.keys(['env'])) {
    if (OWN_VARIABLES.has(name))
      refuseKey(reader, ['env', name], 'cargo does not let `[env]` set this variable')
  }
}

/** They say where cargo itself and its toolchain are. */
const OWN_VARIABLES: ReadonlySet<string> = new Set(['CARGO_HOME', 'RUSTUP_HOME', 'RUSTUP_TOOLCHAIN'])

function checkNumber(reader: ConfigReader, key: ConfigKey): void {
  const variable = reader.environment[environmentKey(key)]
  const value = reader.value(key)
  const isNumber =
    variable === undefined
      ? value === undefined || (value.kind === 'scalar' && typeof value.value === 'number')
      : /^\d+$/.test(variable)
  if (!isNumber) refuseKey(reader, key, 'expected an integer')
}

function checkJobs(reader: ConfigReader): void {
  const key = ['build', 'jobs']
  const variable = reader.environment[environmentKey(key)]
  const value = reader.value(key)
  if (variable === undefined && value === undefined) return
  const given = variable ?? (value?.kind === 'scalar' ? value.value : undefined)
  const isGood =
    given === 'default' || (typeof given === 'number' ? given !== 0 : /^-?0*[1-9]\d*$/.test(variable ?? ''))
  if (!isGood) refuseKey(reader, key, 'expected `default` or a number other than 0')
}

const PROGRESS = ['term', 'progress']

function checkProgress(reader: ConfigReader): void {
  const value = reader.value(PROGRESS)
  if (value !== undefined && value.kind !== 'table') refuseKey(reader, PROGRESS, 'expected a table')
  const when = wordOf(reader, [...PROGRESS, 'when'], ['auto', 'never', 'always'])
  const width = [...PROGRESS, 'width']
  if (
    when === 'always' &&
    reader.value(width) === undefined &&
    reader.environment[environmentKey(width)] === undefined
  )
    refuseKey(reader, [...PROGRESS, 'when'], '`always` needs `term.progress.width`')
}
