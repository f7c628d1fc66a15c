/** `release index`: a page and feeds, made from the files of a store alone. */
import { existsSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changelogSection } from '../../src/nix/release/changelog-section.ts'
import { byClass, publishedRelease } from '../../src/nix/release/published-releases.ts'
import { markdown } from '../../src/pages/markdown.ts'
import { html } from '../../src/pages/html.ts'
import { BROWSER_MISSING, examine, hasBrowser, screenshot } from '../browser.ts'
import { filesIn, folderWith } from '../folder.ts'
import { cargo2nix, cargo2nixOrFail } from '../program.ts'
import { hashOf, writeRelease } from './release-directory.ts'
import { missingPrograms } from './servers.ts'

const missing = missingPrograms('rclone')
const COMMITS = ['a', 'b', 'c'].map((letter) => letter.repeat(40))
/** In the order in which they were published. */
const STABLE = ['v1.9.0', 'v1.10.0', 'v1.2.0']

interface Feed {
  readonly version: string
  readonly title: string
  readonly home_page_url?: string
  readonly items: readonly {
    readonly id: string
    readonly url: string
    readonly content_text: string
    readonly date_published: string
    readonly tags: readonly string[]
    readonly attachments: readonly { url: string; mime_type: string; size_in_bytes: number }[]
    readonly _release: {
      image: string | null
      artefacts: readonly { url: string; sha256: string; signatures: readonly string[] }[]
    }
  }[]
}

describe.skipIf(missing !== '')(`release index${missing}`, () => {
  let store: string
  const index = (...args: readonly string[]): ReturnType<typeof cargo2nix> =>
    cargo2nixOrFail(['release', 'index', '--to', `file://${store}`, ...args], { cwd: store })
  const feed = (name: string): Feed => JSON.parse(readFileSync(join(store, `${name}.json`), 'utf8')) as Feed
  const versions = (name: string): readonly string[] =>
    feed(name).items.map(({ id }) => id.replace('tool-', ''))

  beforeAll(async () => {
    store = folderWith({})
    const all = [
      ...STABLE.map((version) => ({ version, className: 'stable' })),
      ...['v1.2.0+7', 'nightly-1', 'before'].map((version) => ({ version, className: 'extra' })),
      ...COMMITS.map((version) => ({ version, className: 'development', ref: null, commit: version })),
    ]
    for (const [position, options] of all.entries()) {
      const release = writeRelease(store, options)
      const time = Date.parse('2026-01-01') / 1000 + position * 86_400
      utimesSync(join(release, 'release.json'), time, time)
    }
    writeFileSync(
      join(store, 'v1.10.0', 'NOTES.md'),
      '### Added\n\n- `tool` has **all** of [it](https://example.org/x?a=1&b=2),\n  on two lines.\n- </script><script>alert(1)</script>\n',
    )
    writeFileSync(join(store, 'v1.10.0', 'x86_64-unknown-linux-musl', 'tool.minisig'), 'signature')
    writeFileSync(join(store, 'v1.10.0', 'SHA256SUMS.asc'), 'signature')
    await index('--images', 'docker://docker.io/owner/tool')
  })
  afterAll(() => rmSync(store, { recursive: true, force: true }))

  test('versions are sorted as such, everything else by when it was published, newest first', () => {
    expect(versions('stable')).toEqual(['v1.10.0', 'v1.9.0', 'v1.2.0'])
    expect(versions('extra')).toEqual(['before', 'nightly-1', 'v1.2.0+7'])
    expect(versions('development')).toEqual(COMMITS.toReversed())
    expect(feed('development').items[0]?.date_published).toBe('2026-01-09T00:00:00.000Z')
  })

  test('feeds are JSON Feed 1.1, and each attachment is a file of the store with that size and hash', () => {
    const { version, title, items } = feed('stable')
    expect({ version, title }).toEqual({
      version: 'https://jsonfeed.org/version/1.1',
      title: 'tool releases: stable',
    })
    expect(items.length).toBe(3)
    for (const { attachments, _release, tags } of items) {
      expect(tags).toEqual(['stable'])
      expect(attachments.length).toBe(7)
      for (const { url, size_in_bytes: size } of attachments)
        expect(readFileSync(join(store, url)).length).toBe(size)
      for (const { url, sha256, signatures } of _release.artefacts) {
        expect(hashOf(readFileSync(join(store, url)))).toBe(sha256)
        for (const each of signatures) expect(existsSync(join(store, each))).toBe(true)
      }
    }
    const { _release: newest } = items[0]!
    const signed = newest.artefacts.filter(({ signatures }) => signatures.length > 0)
    expect(signed.map(({ url, signatures }) => [url, ...signatures])).toEqual([
      ['v1.10.0/x86_64-unknown-linux-musl/tool', 'v1.10.0/x86_64-unknown-linux-musl/tool.minisig'],
    ])
    expect(newest.image).toMatch(/^docker\.io\/owner\/tool:v1\.10\.0@sha256:[0-9a-f]{64}$/)
  })

  test('every link of the page leads to a file of the store or to a place in the page', () => {
    const page = readFileSync(join(store, 'index.html'), 'utf8')
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, link]) => link!)
    expect(links.length).toBeGreaterThan(60)
    for (const link of links.filter((each) => !each.startsWith('https:'))) {
      if (link.startsWith('#')) expect(page).toContain(`id="${link.slice(1)}"`)
      else expect(existsSync(join(store, decodeURIComponent(link)))).toBe(true)
    }
    // S3 takes a plus sign for a space.
    expect(links).toContain('v1.2.0%2B7/x86_64-unknown-linux-musl/tool')
    expect(feed('extra').items[2]!.attachments[0]!.url).toBe('v1.2.0%2B7/x86_64-unknown-linux-musl/tool')
    expect(links.filter((link) => link.includes('+') && !link.startsWith('#'))).toEqual([])
    expect(page).not.toContain('<script>alert')
    expect(page).toContain('href="https://example.org/x?a=1&amp;b=2"')
  })

  test('it is rebuilt from the store alone, the same again', async () => {
    const before = filesIn(store)
    for (const name of readdirSync(store).filter((each) => /\.(?:json|html)$/.test(each)))
      rmSync(join(store, name))
    await index('--images', 'docker://docker.io/owner/tool')
    expect(filesIn(store)).toEqual(before)
  })

  test('with the URL of the store, links in feeds are absolute', async () => {
    await index('--url', 'https://example.org/releases')
    const { home_page_url: home, items } = feed('stable')
    expect(home).toBe('https://example.org/releases/index.html')
    expect(items[0]!.attachments[0]!.url).toMatch(/^https:\/\/example\.org\/releases\/v1\.10\.0\/\S+$/)
    const refused = await cargo2nix(['release', 'index', '--to', `file://${store}`, '--url', 'releases'], {
      cwd: store,
    })
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is not the URL of a website'),
    })
  })

  test('deleted files are no longer offered, and a manifest that is none is left out with a note', async () => {
    rmSync(join(store, 'v1.9.0', 'x86_64-unknown-linux-musl', 'tool'))
    writeFileSync(join(store, 'before', 'release.json'), '{"format": 1, "name": "tool"}')
    const evil = readFileSync(join(store, 'v1.2.0', 'release.json'), 'utf8').replace(
      '"x86_64-unknown-linux-musl/tool"',
      '"../../etc/passwd"',
    )
    writeFileSync(join(store, 'v1.2.0', 'release.json'), evil)
    const { stderr } = await index()
    expect(stderr).toMatch(/note: left out: before\/release\.json: version: /)
    expect(stderr).toMatch(
      /note: left out: v1\.2\.0\/release\.json: artefacts\.0\.path: must be a path below the version/,
    )
    expect(versions('stable')).toEqual(['v1.10.0', 'v1.9.0'])
    expect(feed('stable').items[1]!.attachments.length).toBe(6)
    expect(readFileSync(join(store, 'index.html'), 'utf8')).toContain('No longer stored: 1 file.')
  })

  test('the feed of a class whose releases are deleted has none of them', async () => {
    for (const commit of COMMITS) rmSync(join(store, commit), { recursive: true })
    writeFileSync(join(store, 'other.json'), '{"version": "https://jsonfeed.org/version/1.1", "items": [1]}')
    const { stdout } = await index()
    expect(stdout).toContain('(releases: 2 stable, 2 extra)')
    expect(feed('development')).toMatchObject({ title: 'tool releases: development', items: [] })
    expect(readFileSync(join(store, 'other.json'), 'utf8')).toContain('[1]')
  })

  test('--dry-run writes nothing; an empty store has a page, too', async () => {
    const before = filesIn(store)
    expect((await index('--dry-run')).stdout).toMatch(
      /^would write stable\.json, extra\.json, development\.json, index\.html to /,
    )
    expect(filesIn(store)).toEqual(before)
    const empty = folderWith({})
    const { stdout } = await cargo2nixOrFail(['release', 'index', '--to', `file://${empty}`], { cwd: store })
    expect(stdout).toContain('(releases: none)')
    expect(readFileSync(join(empty, 'index.html'), 'utf8')).toContain('Nothing has been released yet.')
    rmSync(empty, { recursive: true })
  })

  const noBrowser = !hasBrowser()
  describe.skipIf(noBrowser)(`in a browser${noBrowser ? ` (skipped: ${BROWSER_MISSING})` : ''}`, () => {
    test('no error, nothing serious for axe, and nothing from the network', async () => {
      const page = readFileSync(join(store, 'index.html'), 'utf8')
      expect(page).not.toMatch(/\ssrc="/)
      const opened = `(() => {
        const open = [...document.querySelectorAll('details[open]')].map((each) => each.id)
        document.getElementById('v1.9.0').open = true
        return { open, wide: document.documentElement.scrollWidth <= innerWidth }
      })()`
      expect(await examine(page, opened)).toMatchObject({
        errors: [],
        violations: [],
        answer: { open: ['v1.10.0'], wide: true },
      })
    })

    test.each([1280, 420])('the page fits a width of %d', async (width) => {
      const picture = await screenshot(join(store, 'index.html'), width)
      expect(picture.width).toBe(width)
      expect(picture.bytes).toBeGreaterThan(10_000)
    })
  })
})

describe('the section of a changelog', () => {
  test.each([
    ['## [1.2.0] - 2026-11-25', 'v1.2.0'],
    ['## 1.2.0', '1.2.0'],
    ['# v1.2.0 (25 November)', 'v1.2.0'],
    ['## Garage v1.2.0', 'v1.2.0'],
    ['### [v1.2.0](https://example.org/v1.2.0)', '1.2.0'],
    ['## nightly-1', 'nightly-1'],
  ])('%s is about %s', (heading, version) => {
    const text = `# Changelog\n\n## 1.2.0-rc.1\n\nNot this.\n\n${heading}\n\n#### Added\n\n- One.\n\n${heading.replace(/ .*/, ' 1.1.0')}\n\n- Old.\n\n[1.2.0]: https://example.org\n`
    expect(changelogSection(text, version)).toBe('#### Added\n\n- One.\n')
  })

  test.each([
    ['## [1.2.0]\n\n## 1.1.0\n', 'v1.2.0'],
    ['## [1.2.0]\n- One.\n', 'v1.2'],
    ['## [Unreleased]\n- One.\n', 'v1.2.0'],
    ['', 'v1.2.0'],
  ])('%j has nothing about %s', (text, version) => {
    expect(changelogSection(text, version)).toBeUndefined()
  })
})

test('classes with other names follow the default ones; a version before a release precedes it', () => {
  const manifest = { name: 'tool', ref: null, commit: null, artefacts: [] }
  const release = (version: string, className: string): ReturnType<typeof publishedRelease> =>
    publishedRelease({ manifest: { ...manifest, version, class: className }, notes: undefined }, [])
  const classes = byClass([
    release('1.0.0-rc.2', 'stable'),
    release('1.0.0', 'stable'),
    release('1.0.0-rc.10', 'stable'),
    release('x', 'beta'),
    release('y', 'development'),
  ])
  expect(classes.map(({ name }) => name)).toEqual(['stable', 'development', 'beta'])
  expect(classes[0]!.releases.map((each) => each.manifest.version)).toEqual([
    '1.0.0',
    '1.0.0-rc.10',
    '1.0.0-rc.2',
  ])
})

test('notes in Markdown become HTML, and nothing in them becomes more', () => {
  const text = (source: string): string => html`${markdown(source)}`.html.replaceAll(/\s+/g, ' ').trim()
  expect(text('# A `b`\n\nOne\ntwo **three**.\n\n1. x\n   y\n2. z')).toBe(
    '<p><b>A <code>b</code></b></p><p>One two <b>three</b>.</p><ul> <li>x y</li><li>z</li> </ul>',
  )
  expect(text('```sh\n- a <b>\n```\nend')).toBe('<pre>- a &lt;b&gt;</pre><p>end</p>')
  expect(text('[x](javascript:alert(1)) <i>`<b>`')).toBe(
    '<p>[x](javascript:alert(1)) &lt;i&gt;<code>&lt;b&gt;</code></p>',
  )
})
