/** A rust-analyzer, if there is one, and a client that talks to it as an editor does. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cacheFolder } from './published.ts'

/** `RUST_ANALYZER`, the one that `scripts/rust-analyzer` built, or the one on the PATH; undefined if none runs. */
export const rustAnalyzer: string | undefined = [
  process.env['RUST_ANALYZER'],
  join(cacheFolder, 'rust-analyzer', 'bin', 'rust-analyzer'),
  'rust-analyzer',
].find((each) => each !== undefined && spawnSync(each, ['--version']).status === 0)

export interface Diagnostic {
  readonly message: string
  readonly code?: string | number
  readonly source?: string
}

/** Where a text is in a file: the line, and the character after the part that is before `|`. */
export interface Place {
  readonly file: string
  /** A part of the file, with `|` where the cursor is. */
  readonly at: string
}

export interface Editor {
  /** What is shown for the name at a place. */
  readonly hover: (place: Place) => Promise<string>
  /** What a macro at a place becomes. */
  readonly expand: (place: Place) => Promise<string>
  /** Diagnostics of a file with another text, which is not written. */
  readonly diagnosticsOf: (file: string, text: string) => Promise<readonly Diagnostic[]>
  /** Lines that the server wrote to its standard error. */
  readonly log: () => string
  readonly close: () => Promise<void>
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

/** `ContentModified`: ask again. */
const CHANGED = -32801

interface Connection {
  readonly request: (method: string, params: unknown) => Promise<unknown>
  readonly notify: (method: string, params: unknown) => void
  readonly close: () => Promise<void>
}

/** @param onNotification - gets what the server says without being asked */
function connect(
  program: string,
  { cwd, env, settings }: EditorOptions,
  onNotification: (method: string, params: unknown) => void,
  onLog: (text: string) => void,
): Connection {
  const child = spawn(program, [], { cwd, env })
  const waiting = new Map<number, (message: Message) => void>()
  let buffer = Buffer.alloc(0)
  let count = 0
  const send = (message: object): void => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message })
    child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
  }
  const receive = (message: Message): void => {
    if (message.method === undefined) waiting.get(message.id!)?.(message)
    else if (message.id === undefined) onNotification(message.method, message.params)
    else if (message.method === 'workspace/configuration') {
      const { items } = message.params as { readonly items: readonly unknown[] }
      send({ id: message.id, result: items.map(() => settings) })
    } else send({ id: message.id, result: null })
  }
  child.stdout.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const end = buffer.indexOf('\r\n\r\n')
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, end).toString())?.[1])
      if (end < 0 || buffer.length < end + 4 + length) return
      const text = buffer.subarray(end + 4, end + 4 + length).toString()
      buffer = buffer.subarray(end + 4 + length)
      receive(JSON.parse(text) as Message)
    }
  })
  child.stderr.on('data', (chunk: Buffer) => onLog(chunk.toString()))
  child.stdin.on('error', () => {})
  const request = async (method: string, params: unknown): Promise<unknown> => {
    const id = (count += 1)
    const answer = new Promise<Message>((resolve) => waiting.set(id, resolve))
    send({ id, method, params })
    const { result, error } = await answer
    if (error?.code === CHANGED) return request(method, params)
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result
  }
  return {
    request,
    notify: (method, params) => send({ method, params }),
    close: () =>
      new Promise((resolve) => {
        child.on('close', () => resolve())
        child.kill('SIGKILL')
      }),
  }
}

export interface EditorOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Settings without `rust-analyzer.`. */
  readonly settings: object
}

/** Starts rust-analyzer in a workspace, opens files, and waits until it has loaded everything. */
export async function openEditor(files: readonly string[], options: EditorOptions): Promise<Editor> {
  let log = ''
  let loaded = (): void => {}
  const isLoaded = new Promise<void>((resolve) => (loaded = resolve))
  const connection = connect(
    rustAnalyzer!,
    options,
    (method, params) => {
      if (method !== 'experimental/serverStatus') return
      if ((params as { readonly quiescent: boolean }).quiescent) loaded()
    },
    (text) => (log += text),
  )
  const uriOf = (file: string): string => pathToFileURL(join(options.cwd, file)).href
  const positionOf = ({ file, at }: Place): object => {
    const [before = '', after = ''] = at.split('|')
    const text = readFileSync(join(options.cwd, file), 'utf8')
    const start = text.indexOf(before + after)
    if (start < 0) throw new Error(`${file} does not contain ${before}${after}`)
    const lines = text.slice(0, start + before.length).split('\n')
    return {
      textDocument: { uri: uriOf(file) },
      position: { line: lines.length - 1, character: lines.at(-1)!.length },
    }
  }
  let version = 1
  const change = (file: string, text: string): void => {
    version += 1
    connection.notify('textDocument/didChange', {
      textDocument: { uri: uriOf(file), version },
      contentChanges: [{ text }],
    })
  }
  await connection.request('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(options.cwd).href,
    workspaceFolders: [{ uri: pathToFileURL(options.cwd).href, name: 'workspace' }],
    initializationOptions: options.settings,
    capabilities: {
      experimental: { serverStatusNotification: true },
      textDocument: { hover: { contentFormat: ['plaintext'] }, diagnostic: {} },
      workspace: { configuration: true },
    },
  })
  connection.notify('initialized', {})
  for (const file of files) {
    const text = readFileSync(join(options.cwd, file), 'utf8')
    connection.notify('textDocument/didOpen', {
      textDocument: { uri: uriOf(file), languageId: 'rust', version, text },
    })
  }
  await isLoaded
  return {
    hover: async (place) => {
      const result = await connection.request('textDocument/hover', positionOf(place))
      return (result as { readonly contents: { readonly value: string } } | null)?.contents.value ?? ''
    },
    expand: async (place) => {
      const result = await connection.request('rust-analyzer/expandMacro', positionOf(place))
      return (result as { readonly expansion: string } | null)?.expansion ?? ''
    },
    diagnosticsOf: async (file, text) => {
      change(file, text)
      const result = await connection.request('textDocument/diagnostic', {
        textDocument: { uri: uriOf(file) },
      })
      return (result as { readonly items: readonly Diagnostic[] }).items
    },
    log: () => log,
    close: () => connection.close(),
  }
}

/** Sources of a standard library that tests may show to it. */
export const standardSources: string | undefined = [
  process.env['RUST_SRC_PATH'],
  join(cacheFolder, 'rust-analyzer', 'library'),
].find((path) => path !== undefined && existsSync(path))
