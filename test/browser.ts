/** Opens pages in a headless browser: reports their errors, asks axe about them, and takes screenshots. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { loopbackServer } from './loopback-server.ts'
import { runOrFail } from './program.ts'

export const BROWSER_MISSING = 'no chromium: run scripts/setup --tools'

export function hasBrowser(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v chromium'])
    return true
  } catch {
    return false
  }
}

const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars']

interface Findings {
  /** Messages of the console at level error, scripts that failed, and files that could not be loaded. */
  readonly errors: readonly string[]
  /** What axe finds serious: rule and element. */
  readonly violations: readonly string[]
  /** What `script` answers. */
  readonly answer: unknown
}

/** Opens a page that needs no other file: see `examineSite`. */
export async function examine(page: string, script?: string): Promise<Findings> {
  const read = (path: string): string | undefined => (path === 'page.html' ? page : undefined)
  return (await examineSite(read, ['page.html'], script))[0]!
}

/** Until all pages are examined; a page that never finishes loading would take forever. */
const PATIENCE = 600_000

/**
 * Opens pages one after the other, and asks axe about each.
 *
 * @param read the content of a file, by its path in the site
 * @param pages paths with what may follow them in a URL
 * @param script an expression that is evaluated in each page, and may be a promise
 */
export async function examineSite(
  read: (path: string) => Buffer | string | undefined,
  pages: readonly string[],
  script = 'null',
): Promise<readonly Findings[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const profile = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
  let finish: (findings: string) => void
  const finished = new Promise<string>((resolve) => {
    finish = resolve
  })
  const server = await loopbackServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://localhost').pathname.slice(1))
    if (request.method === 'POST') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      response.end()
      finish(Buffer.concat(chunks).toString())
      return
    }
    const content = path === VISITOR ? visitor(pages, axe, script) : read(path)
    if (content === undefined) response.statusCode = 404
    response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain')
    response.end(path.endsWith('.html') ? withProbe(String(content ?? '')) : content)
  })
  const browser = spawn('chromium', [...FLAGS, `--user-data-dir=${profile}`, `${server.url}/${VISITOR}`], {
    stdio: 'ignore',
    // A group of its own, which ends together: its processes would still write to the profile.
    detached: true,
  })
  const timer = setTimeout(() => finish('null'), PATIENCE)
  try {
    const found = JSON.parse(await finished) as readonly Findings[] | null
    if (found === null) throw new Error('the browser did not finish')
    return found
  } finally {
    clearTimeout(timer)
    const ended = new Promise((resolve) => browser.once('exit', resolve))
    if (browser.exitCode === null && process.kill(-browser.pid!, 'SIGKILL')) await ended
    await server.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** A name that no site has. */
const VISITOR = '__visitor__'

const TYPES: Readonly<Record<string, string>> = {
  '': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Collects what goes wrong, from the beginning. */
function withProbe(page: string): string {
  const probe = `<script>window.problems = []
    addEventListener('error', ({ message, target }) => problems.push(String(message ?? target.src ?? target.href)), true)
    addEventListener('unhandledrejection', ({ reason }) => problems.push(String(reason)))
    console.error = (...args) => problems.push(args.join(' '))</script>`
  return page.replace('<head>', () => `<head>${probe}`)
}

/** A page that visits all others in a frame and sends what it finds. */
function visitor(pages: readonly string[], axe: string, script: string): string {
  const text = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')
  return `<!doctype html><title>visitor</title><iframe id="frame" width="1280" height="1000"></iframe><script>(async () => {
    const found = []
    for (const page of ${text(pages)}) {
      await new Promise((loaded) => { frame.onload = loaded; frame.src = page })
      const { contentWindow: view, contentDocument: document } = frame
      // Inline scripts are what the pages' own policies allow.
      for (const code of [${text(`window.answer = (${script})`)}, ${text(axe)}])
        document.head.append(Object.assign(document.createElement('script'), { textContent: code }))
      const answer = await view.answer
      const { violations } = await view.axe.run(document, { resultTypes: ['violations'] })
      const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      found.push({ errors: view.problems, answer, violations: bad.flatMap(({ id, nodes }) => nodes.map((node) => id + ' ' + node.html)) })
    }
    return found
  })().catch((error) => [{ errors: [String(error)], violations: [], answer: null }]).then((found) => fetch('/', { method: 'POST', body: JSON.stringify(found) }))</script>`
}

/** A PNG of the top of a page; answers with its width and height as the file says. */
export async function screenshot(file: string, width: number): Promise<{ width: number; bytes: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
  try {
    const picture = join(directory, 'page.png')
    await runOrFail('chromium', [
      ...FLAGS,
      `--screenshot=${picture}`,
      `--window-size=${width},1200`,
      `file://${file}`,
    ])
    const png = readFileSync(picture)
    return { width: png.readUInt32BE(16), bytes: png.length }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
