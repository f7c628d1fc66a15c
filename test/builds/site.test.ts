/** The documents as a site, made by an mdBook that this program builds: complete, linked, searchable, accessible. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BROWSER_MISSING, examineSite, hasBrowser } from '../browser.ts'
import { run, runOrFail } from '../program.ts'
import { emptyFolder, removeFolders } from './checkout.ts'
import { nixIsMissing } from './package-set.ts'

const root = join(import.meta.dirname, '..', '..')
const missing = await nixIsMissing()

describe.skipIf(missing)(`the site${missing ? ' (skipped: no nix-build on this machine)' : ''}`, () => {
  let site: string
  let pages: readonly string[]

  beforeAll(async () => {
    site = join(await emptyFolder(), 'site')
    await runOrFail('scripts/site', [site], { cwd: root })
    pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html'))
  })
  afterAll(() => removeFolders([site]))

  test('every document is a page', () => {
    const documents = readdirSync(join(root, 'docs')).filter((name) => /^(?!SUMMARY).*\.md$/.test(name))
    const expected = [
      ...documents.map((name) => `docs/${name}`),
      'index.md',
      'ARCHITECTURE.md',
      'CHANGELOG.md',
    ]
    expect(pages).toEqual(expect.arrayContaining(expected.map((path) => path.replace(/md$/, 'html'))))
    for (const name of documents) {
      const title = /^# (.*)$/m.exec(readFileSync(join(root, 'docs', name), 'utf8'))![1]!
      const page = readFileSync(join(site, 'docs', name.replace(/md$/, 'html')), 'utf8')
      const heading = /<h1 id="(?!mdbook)[^>]*>(.*?)<\/h1>/s.exec(page)?.[1]
      expect(heading?.replaceAll(/<[^>]*>/g, '')).toBe(title.replaceAll('`', '').replaceAll("'", '’'))
    }
  })

  const check = (): ReturnType<typeof run> => run('node', ['scripts/check-links.mjs', site], { cwd: root })

  test('every link leads to a page and to a place in it', async () => {
    const { status, stderr } = await check()
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/, 0 broken\n$/) })
    expect(Number(/ (\d+) links/.exec(stderr)![1])).toBeGreaterThan(500)
  })

  test('a link that leads nowhere is found, and so is a place that a page lacks', async () => {
    const page = join(site, 'broken.html')
    writeFileSync(
      page,
      '<a href="docs/none.html">1</a> <a href="index.html#none">2</a> <a href="index.html">3</a>',
    )
    const { status, stderr } = await check()
    rmSync(page)
    expect({ status, lines: stderr.split('\n').slice(0, 2) }).toEqual({
      status: 1,
      lines: ['broken link in broken.html: docs/none.html', 'broken link in broken.html: index.html#none'],
    })
  })

  const noBrowser = !hasBrowser()
  describe.skipIf(noBrowser)(`in a browser${noBrowser ? ` (skipped: ${BROWSER_MISSING})` : ''}`, () => {
    const read = (path: string): Buffer | undefined =>
      existsSync(join(site, path)) ? readFileSync(join(site, path)) : undefined

    test('what is wrong with a page is seen', async () => {
      const wrong = `<!doctype html><html lang="en"><head><title>wrong</title></head><body>
        <script src="absent.js"></script><script>console.error('said'); nothing.at.all</script>
        <a href="/"></a></body></html>`
      const read = (path: string): string | undefined => (path === 'wrong.html' ? wrong : undefined)
      const [found] = await examineSite(read, ['wrong.html'], '1 + 1')
      expect(found?.errors).toEqual([
        expect.stringContaining('/absent.js'),
        'said',
        expect.stringContaining('nothing is not defined'),
      ])
      expect(found?.violations.join()).toContain('link-name')
      expect(found?.answer).toBe(2)
    })

    test('no page has an error, or anything that axe finds serious', async () => {
      const script = 'document.querySelectorAll("#mdbook-content h1").length'
      const visited = pages.filter((path) => !['toc.html', '404.html', 'print.html'].includes(path))
      const found = await examineSite(read, visited, script)
      expect(found.map((each, index) => [visited[index], each])).toEqual(
        visited.map((page) => [page, { errors: [], violations: [], answer: 1 }]),
      )
    })

    test('nor with the dark theme', async () => {
      // The second page is opened with what the first has chosen.
      const script = `localStorage.setItem('mdbook-theme', 'navy') ?? document.documentElement.className`
      const visited = ['index.html', 'docs/checks.html', 'docs/settings.html', 'docs/toolchain.html']
      const [, ...found] = await examineSite(read, ['index.html', ...visited], script)
      const expected = { errors: [], violations: [], answer: expect.stringContaining('navy') as unknown }
      expect(found).toEqual(visited.map(() => expected))
    })

    test('the search finds the page that has a word', async () => {
      const script = `(async () => {
        const links = () => [...document.querySelectorAll('#mdbook-searchresults a')].map((link) => new URL(link.href).pathname)
        for (let tries = 0; links().length === 0 && tries < 100; tries += 1)
          await new Promise((resolve) => setTimeout(resolve, 50))
        return links()
      })()`
      const [first, other] = await examineSite(
        read,
        ['index.html?search=homeless-shelter', 'index.html?search=cargo-deny'],
        script,
      )
      expect(first?.answer).toContain('/docs/faq.html')
      expect(other?.answer).toContain('/docs/checks.html')
    })
  })
})
