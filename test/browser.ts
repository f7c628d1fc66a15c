/** Opens a page in a headless browser: reports its errors, and takes a screenshot. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  /** Messages of the console at level error, and of scripts that failed. */
  readonly errors: readonly string[]
  /** What axe finds serious: rule and element. */
  readonly violations: readonly string[]
  /** What `script` answers. */
  readonly answer: unknown
}

/** Opens a page and asks axe about it; `script` is an expression that is evaluated in it. */
export async function examine(page: string, script = 'null'): Promise<Findings> {
  const directory = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
  try {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    const probe = `<script>window.problems = []
      addEventListener('error', (event) => problems.push(String(event.message)))
      console.error = (...args) => problems.push(args.join(' '))</script>`
    const report = `<script>${axe}</script><script>addEventListener('load', async () => {
      const answer = ${script}
      const { violations } = await axe.run(document, { resultTypes: ['violations'] })
      const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      const found = { errors: problems, answer, violations: bad.flatMap(({ id, nodes }) => nodes.map((node) => id + ' ' + node.html)) }
      const result = document.createElement('pre')
      result.id = 'findings'
      result.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(found))))
      document.body.append(result)
    })</script>`
    const file = join(directory, 'page.html')
    writeFileSync(
      file,
      page.replace('<head>', `<head>${probe}`).replace('</body>', () => `${report}</body>`),
    )
    const { stdout } = await runOrFail('chromium', [
      ...FLAGS,
      '--virtual-time-budget=20000',
      '--dump-dom',
      `file://${file}`,
    ])
    const encoded = /<pre id="findings">([^<]*)<\/pre>/.exec(stdout)?.[1]
    if (encoded === undefined) throw new Error('the page did not finish')
    return JSON.parse(Buffer.from(encoded, 'base64').toString()) as Findings
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
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
