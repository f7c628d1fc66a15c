/**
 * Parses what Nix prints during a build (`--log-format internal-json`) into the builds and downloads of one
 * run.
 *
 * In: lines with the time of their arrival, since Nix prints none. Out: what was built and fetched, with
 * start and end.
 * Numbers of activities and results are those of Nix's `logging.hh`; they have been the same since Nix 2.0.
 */
export interface BuildStep {
  readonly kind: 'build' | 'fetch'
  /** The derivation of a build, else the store path or the URL. */
  readonly path: string
  /** Seconds since the first line. */
  readonly start: number
  readonly end: number
}

export interface BuildProgress {
  readonly done: number
  readonly expected: number
  /** What is being built now. */
  readonly running: readonly string[]
}

export interface BuildLog {
  /** Takes a line; returns what Nix wants people to read, if anything. */
  readonly add: (line: string, seconds: number) => string | undefined
  readonly progress: () => BuildProgress
  /** In the order that they ended; whatever has not ended by `seconds` ends then. */
  readonly steps: (seconds: number) => readonly BuildStep[]
}

const COPY_PATH = 100
const FILE_TRANSFER = 101
const BUILDS = 104
const BUILD = 105
const LOG_LINE = 101
const PROGRESS = 105
/** Errors and warnings. */
const MOST_URGENT = 1

// eslint-disable-next-line no-control-regex
const COLOUR = /\u001b\[[0-9;]*m/g

interface Started {
  readonly kind: BuildStep['kind']
  readonly path: string
  readonly start: number
}

/** An empty log. */
export function buildLog(): BuildLog {
  const open = new Map<number, Started>()
  const steps: BuildStep[] = []
  let builds: number | undefined
  let [done, expected] = [0, 0]
  const close = (id: number, end: number): void => {
    const started = open.get(id)
    open.delete(id)
    if (started !== undefined) steps.push({ ...started, end })
  }
  return {
    add(line, seconds) {
      const event = parseLine(line)
      if (event === undefined) return line.startsWith('@nix ') ? undefined : line
      const { action, id, type, fields, level, msg } = event
      if (action === 'msg') return level <= MOST_URGENT ? msg : undefined
      if (action === 'start' && type === BUILDS) builds = id
      if (action === 'start' && (type === BUILD || type === COPY_PATH || type === FILE_TRANSFER))
        open.set(id, {
          kind: type === BUILD ? 'build' : 'fetch',
          path: String(fields[0] ?? ''),
          start: seconds,
        })
      if (action === 'stop') close(id, seconds)
      if (action === 'result' && type === LOG_LINE) return String(fields[0]).replaceAll(COLOUR, '')
      if (action === 'result' && id === builds && type === PROGRESS)
        [done, expected] = [Number(fields[0]), Number(fields[1])]
      return undefined
    },
    progress: () => ({
      done,
      expected,
      running: [...open.values()].filter(({ kind }) => kind === 'build').map(({ path }) => unitName(path)),
    }),
    steps(seconds) {
      for (const id of open.keys()) close(id, seconds)
      return steps
    },
  }
}

/** `NAME` of `/nix/store/HASH-NAME.drv`. */
export function unitName(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/^[a-z0-9]{32}-/, '')
    .replace(/\.drv$/, '')
}

interface Event {
  readonly action: string
  readonly id: number
  readonly type: number
  readonly level: number
  readonly msg: string
  readonly fields: readonly unknown[]
}

function parseLine(line: string): Event | undefined {
  if (!line.startsWith('@nix ')) return undefined
  let value: unknown
  try {
    value = JSON.parse(line.slice('@nix '.length))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { action, id, type, level, msg, fields } = value as Readonly<Record<string, unknown>>
  return {
    action: String(action),
    id: Number(id),
    type: Number(type),
    level: typeof level === 'number' ? level : MOST_URGENT + 1,
    msg: String(msg).replaceAll(COLOUR, ''),
    fields: Array.isArray(fields) ? (fields as readonly unknown[]) : [],
  }
}
