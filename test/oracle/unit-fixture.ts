/**
 * Fixtures of one text file each: `fixtures/units/README.md` describes the format.
 *
 * In: the text. Out: the files of a workspace, and requests with what must be in their units.
 */
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { JsonGraph, Subcommand, Surroundings, UnitRequest } from './unit-graph.ts'

export interface FixtureRequest {
  /** The line, without `$`. */
  readonly text: string
  readonly request: UnitRequest
  readonly around: Surroundings
  readonly isRefused: boolean
  /** The first cargo that answers so. */
  readonly since: string | undefined
  /** Lists of features by package. */
  readonly expected: readonly { readonly name: string; readonly features: string }[]
}

export interface UnitFixture {
  readonly requests: readonly FixtureRequest[]
  readonly files: Readonly<Record<string, string>>
}

/** Reads a fixture; throws where it is not written as it should be. */
export function parseFixture(text: string): UnitFixture {
  const [head = '', ...sections] = text.split(/^-- (.+) --\n/m)
  const files: Record<string, string> = {}
  for (let at = 0; at < sections.length; at += 2) files[sections[at]!] = sections[at + 1]!
  return { requests: parseRequests(head), files: { ...emptyLibraries(files), ...files, ...registry(files) } }
}

function parseRequests(head: string): readonly FixtureRequest[] {
  const requests: FixtureRequest[] = []
  for (const line of head.split('\n')) {
    const mark = line.slice(0, 2)
    const rest = line.slice(2)
    if (mark === '$ ')
      requests.push({ ...parseRequest(rest), isRefused: false, since: undefined, expected: [] })
    if (mark !== '> ') continue
    const last = requests.pop()
    if (last === undefined) throw new Error(`no request before: ${line}`)
    requests.push(withExpectation(last, rest))
  }
  if (requests.length === 0) throw new Error('a fixture needs a request')
  return requests
}

function withExpectation(request: FixtureRequest, text: string): FixtureRequest {
  if (text === 'refused') return { ...request, isRefused: true }
  const [, since] = /^since (\d+\.\d+)$/.exec(text) ?? []
  if (since !== undefined) return { ...request, since }
  const [name = '', features = ''] = text.split(': ')
  return { ...request, expected: [...request.expected, { name, features }] }
}

function parseRequest(text: string): Pick<FixtureRequest, 'text' | 'request' | 'around'> {
  const [, cwd, command = ''] = /^(?:in (\S+): )?(.*)$/.exec(text)!
  const words = command.split(' ')
  const start = words.findIndex((word) => !/^[A-Z_0-9a-z]+=/.test(word))
  const env = words.slice(0, start).map((word): [string, string] => {
    const at = word.indexOf('=')
    return [word.slice(0, at), word.slice(at + 1).replaceAll('~', ' ')]
  })
  const around = { ...(cwd === undefined ? {} : { cwd }), env: Object.fromEntries(env) }
  return { text, request: toRequest(words.slice(start)), around }
}

const SHORT: Readonly<Record<string, string>> = { '-p': '--package', '-F': '--features', '-r': '--release' }

const LISTS = ['package', 'exclude', 'bin', 'example', 'test', 'bench', 'features', 'target']

function toRequest([subcommand, ...words]: readonly string[]): UnitRequest {
  const flags: Record<string, unknown> = {}
  for (let at = 0; at < words.length; at++) {
    const word = SHORT[words[at]!] ?? words[at]!
    const name = word.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
    if (name.startsWith('no')) flags[name.charAt(2).toLowerCase() + name.slice(3)] = false
    else if (LISTS.includes(name)) flags[name] = [...((flags[name] ?? []) as string[]), words[++at]]
    else flags[name] = name === 'profile' ? words[++at] : true
  }
  return { subcommand: subcommand as Subcommand, ...flags }
}

function emptyLibraries(files: Readonly<Record<string, string>>): Record<string, string> {
  const folders = Object.entries(files)
    .filter(([path, text]) => /(^|\/)Cargo\.toml$/.test(path) && /^\[package\]/m.test(text))
    .map(([path]) => (path === 'Cargo.toml' ? '' : `${dirname(path)}/`))
  const bare = folders.filter(
    (folder) => !Object.keys(files).some((path) => path.startsWith(`${folder}src/`)),
  )
  return Object.fromEntries(bare.map((folder) => [`${folder}src/lib.rs`, '']))
}

const COPIES = `[source.crates-io]
replace-with = "copies"
[source.copies]
directory = "registry"
`

function registry(files: Readonly<Record<string, string>>): Record<string, string> {
  const folders = new Set(Object.keys(files).flatMap((path) => /^registry\/[^/]+/.exec(path)?.[0] ?? []))
  if (folders.size === 0) return {}
  const checksums = [...folders].map((folder) => {
    const sha256 = createHash('sha256').update(folder).digest('hex')
    return [`${folder}/.cargo-checksum.json`, JSON.stringify({ files: {}, package: sha256 })]
  })
  const config = '.cargo/config.toml'
  return { ...Object.fromEntries(checksums), [config]: `${files[config] ?? ''}\n${COPIES}` }
}

/** The features of a package's units, build scripts left out, as expectations are written. */
export function featuresIn(graph: JsonGraph, name: string): string {
  const units = graph.units.filter(
    ({ pkg_id, target }) => nameOf(pkg_id) === name && !target.kind.includes('custom-build'),
  )
  if (units.length === 0) return 'absent'
  const lists = new Set(units.map(({ features }) => features.join(' ') || '-'))
  return [...lists].toSorted().join(' | ')
}

/** Of `path+file:///x/name#0.1.0` or `registry+https://…#name@0.1.0`. */
function nameOf(id: string): string {
  const [url = '', fragment = ''] = id.split('#')
  return fragment.includes('@') ? fragment.split('@')[0]! : url.slice(url.lastIndexOf('/') + 1)
}
