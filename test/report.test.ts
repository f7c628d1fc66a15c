/** `report`: the page agrees with cargo, and a browser and axe find no problems. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { html } from '../src/pages/html.ts'
import { workspaceReport, type WorkspaceReport } from '../src/pages/workspace-report.ts'
import { BROWSER_MISSING, examine, hasBrowser, screenshot } from './browser.ts'
import { cargo2nixOrFail } from './program.ts'

const fixture = join(import.meta.dirname, '..', 'fixtures', 'ten-members')

describe('report', () => {
  let cwd: string
  let report: WorkspaceReport
  beforeAll(async () => {
    cwd = join(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-')), 'ten-members')
    cpSync(fixture, cwd, { recursive: true })
    report = JSON.parse((await cargo2nixOrFail(['report', '--json'], { cwd })).stdout) as WorkspaceReport
  })
  afterAll(() => rmSync(join(cwd, '..'), { recursive: true, force: true }))

  test("units are cargo's", () => {
    const args = ['build', '--unit-graph', '-Z', 'unstable-options', '--locked', '--release', '--workspace']
    const env = { ...process.env, RUSTC_BOOTSTRAP: '1' }
    const graph = JSON.parse(execFileSync('cargo', args, { cwd, env, encoding: 'utf8' })) as {
      units: readonly { pkg_id: string; dependencies: readonly { index: number }[] }[]
      roots: readonly number[]
    }
    expect(report.unitCount).toBe(graph.units.length)
    for (const { name, units } of report.members) {
      const isOf = (index: number): boolean => new RegExp(`[/#]${name}[#@]`).test(graph.units[index]!.pkg_id)
      const found = new Set(graph.roots.filter(isOf))
      for (const index of found) for (const below of graph.units[index]!.dependencies) found.add(below.index)
      expect([name, units]).toEqual([name, found.size])
    }
  })

  test('packages, their licences and who asks for them are those of cargo metadata', () => {
    const args = ['metadata', '--format-version', '1', '--locked']
    const { packages } = JSON.parse(
      execFileSync('cargo', args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 }),
    ) as {
      packages: readonly { name: string; version: string; license: string | null }[]
    }
    const licenses = new Map(
      packages.map(({ name, version, license }) => [`${name} ${version}`, license ?? '']),
    )
    expect(report.packages.length).toBeGreaterThan(10)
    for (const { name, version, license } of report.packages)
      expect(license).toBe(licenses.get(`${name} ${version}`))
    expect(report.members.map(({ name }) => name).toSorted()).toEqual(
      report.packages
        .filter(({ source }) => source === 'member')
        .map(({ name }) => name)
        .toSorted(),
    )
  })

  test('text of a workspace is no HTML', () => {
    expect(html`${'<b>&"\''}`.html).toBe('&lt;b&gt;&amp;&quot;&#39;')
    expect(html`${['<', html`<i></i>`]}`.html).toBe('&lt;<i></i>')
    const evil = '</script><script>alert(1)</script>'
    const packages = [
      { name: evil, version: evil, source: 'git' as const, license: evil, units: 1, dependents: [evil] },
    ]
    expect(workspaceReport({ ...report, name: evil, packages })).not.toContain('<script>alert')
  })

  const missing = !hasBrowser()
  describe.skipIf(missing)(`in a browser${missing ? ` (skipped: ${BROWSER_MISSING})` : ''}`, () => {
    let file: string
    beforeAll(async () => {
      file = join(cwd, 'report.html')
      expect((await cargo2nixOrFail(['report', '--file', file], { cwd })).stdout).toBe('wrote report.html\n')
    })

    test('no error, nothing serious for axe, and nothing from the network', async () => {
      const page = readFileSync(file, 'utf8')
      expect(page).not.toMatch(/(?:src|href)="(?!#)/)
      expect(await examine(page)).toMatchObject({ errors: [], violations: [] })
    })

    test('the search narrows the list of packages and says how many are left', async () => {
      const script = `(() => {
        const input = document.getElementById('search')
        const type = (text) => { input.value = text; input.dispatchEvent(new Event('input')) }
        type('ALMANAC member')
        const visible = [...document.querySelectorAll('#packages ~ * tbody tr')].filter((row) => !row.hidden).length
        const said = document.getElementById('found').textContent
        type('')
        return { visible, said }
      })()`
      const { answer } = await examine(readFileSync(file, 'utf8'), script)
      const members = report.members.length
      expect(answer).toEqual({ visible: members, said: `${members} of ${report.packages.length}` })
    })

    test.each([1280, 420])('the report fits a width of %d', async (width) => {
      const picture = await screenshot(file, width)
      expect(picture.width).toBe(width)
      expect(picture.bytes).toBeGreaterThan(10_000)
    })

    test('the report is small', () => {
      expect(statSync(file).size).toBeLessThan(100_000)
    })
  })
})
