/**
 * Calls in a form that makes cargo's and ours comparable: one line per argument or variable, and names instead of the
 * paths that each side uses for the same thing.
 */
import type { Call, Tool, Variables } from './recorded.ts'

export interface PlainCall {
  /** Package, and what is compiled: tells people, not machines. */
  readonly label: string
  readonly tool: Tool
  readonly isPathPackage: boolean
  /** Another call has its library as `--extern`. */
  readonly isUsed: boolean
  /** `--flag=value`, `-C value`, or what stands alone. */
  readonly args: readonly string[]
  readonly variables: Variables
}

/** Long options that rustc takes with a space as well as with `=`. */
const WITH_VALUE =
  /^--(cap-lints|cfg|check-cfg|color|crate-name|crate-type|crate-version|edition|error-format|extern|out-dir|remap-path-prefix|target|test-run-directory)$/
const SHORT_WITH_VALUE = /^-[CLlZAWDFo]$/

/** Arguments whose order says something to rustc or the linker: these keep it, the others are sorted. */
const ORDERED = /^(-L (?!dependency=)|-l |-C link-arg)/

const LOADER = /^(LD_LIBRARY_PATH|DYLD_FALLBACK_LIBRARY_PATH)$/

export function plainCalls(calls: readonly Call[]): readonly PlainCall[] {
  const names = namesOfPaths(calls)
  const used = new Set(calls.flatMap(({ args }) => optionsOf(args).flatMap(externOf)))
  return calls.map((call) => {
    const { CARGO_PKG_NAME, CARGO_PKG_VERSION } = call.variables
    const options = optionsOf(call.args)
    const named = (text: string): string => withNames(text, names)
    const args = options.map(named)
    const ordered = args.filter((arg) => ORDERED.test(arg))
    return {
      label: `${CARGO_PKG_NAME} ${CARGO_PKG_VERSION} ${isRun(call) ? `run ${call.args.join('')}` : what(options)}`,
      tool: call.tool,
      isUsed: used.has(libraryOf(options)),
      isPathPackage: !isRun(call) && !options.includes('--cap-lints=allow'),
      args: [...args.filter((arg) => !ORDERED.test(arg)).toSorted(), ...ordered],
      variables: Object.fromEntries(
        Object.entries(call.variables).map(([name, value]) => [
          name,
          call.tool === 'script' && LOADER.test(name) ? loaderPath(named(value)) : named(value),
        ]),
      ),
    }
  })
}

/** Without cargo's target directory, and without what cargo itself was started with. */
function loaderPath(value: string): string {
  const parts = value
    .split(':')
    .map((part) => (/\/rustlib\/[^/]+\/lib$/.test(part) ? '<libraries of Rust>' : part))
  return parts.filter((part) => part.startsWith('<')).join(':')
}

function isRun({ tool }: Call): boolean {
  return tool === 'script' || tool === 'program'
}

function optionsOf(args: readonly string[]): readonly string[] {
  const options: string[] = []
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index]!
    if (WITH_VALUE.test(arg)) options.push(`${arg}=${args[(index += 1)]}`)
    else if (SHORT_WITH_VALUE.test(arg)) options.push(`${arg} ${args[(index += 1)]}`)
    else options.push(arg)
  }
  return options
}

function valueOf(options: readonly string[], start: string): string | undefined {
  return options.find((option) => option.startsWith(start))?.slice(start.length)
}

function what(options: readonly string[]): string {
  const kind = options.includes('--test') ? 'test' : valueOf(options, '--crate-type=')
  return `${kind} ${valueOf(options, '--crate-name=')} ${valueOf(options, '--target=') ?? ''}`.trim()
}

/** The path of what a call makes, up to the dot before the extension. */
function libraryOf(options: readonly string[]): string {
  const hash = valueOf(options, '-C extra-filename=') ?? ''
  return `${valueOf(options, '--out-dir=')}/lib${valueOf(options, '--crate-name=')}${hash}.`
}

function externOf(option: string): readonly string[] {
  const found = /^--extern=[^=]*=(.*\.)[a-z]+$/.exec(option)
  return found === null ? [] : [found[1]!]
}

/** Path -> name: directories of packages, of scripts' runs, and libraries without their extension; the longest first. */
function namesOfPaths(calls: readonly Call[]): readonly (readonly [string, string])[] {
  const names = new Map<string, string>()
  for (const call of calls) {
    const { args, variables } = call
    const { CARGO_PKG_NAME, CARGO_PKG_VERSION, CARGO_MANIFEST_DIR, OUT_DIR } = variables
    const label = `${CARGO_PKG_NAME} ${CARGO_PKG_VERSION}`
    names.set(CARGO_MANIFEST_DIR!, `<folder of ${label}>`)
    if (call.tool === 'program') continue
    if (call.tool === 'script') names.set(OUT_DIR!, `<output of ${label}>`)
    else {
      const options = optionsOf(args)
      names.set(libraryOf(options), `<library of ${label}>.`)
    }
  }
  return [...names].toSorted(([a], [b]) => b.length - a.length)
}

function withNames(text: string, names: readonly (readonly [string, string])[]): string {
  if (!text.includes('/')) return text
  return names.reduce(
    (text, [path, name]) => (text.includes(path) ? text.replaceAll(path, name) : text),
    text,
  )
}
