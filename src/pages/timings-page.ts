/**
 * The page about a build: its units over time, the slots in use, the longest path, downloads, and interfaces
 * that would help.
 *
 * In: what was built and fetched, with times, and advice. Out: one HTML page.
 */
import type { Advice } from '../nix/timings/advice.ts'
import { unitName, type BuildStep } from '../nix/timings/build-log.ts'
import { html, rawHtml, type Html } from './html.ts'
import { page } from './layout.ts'

export interface Timings {
  readonly steps: readonly BuildStep[]
  /** Names of the units on the longest path. */
  readonly path: readonly string[]
  /** Unit -> the last one that it had to wait for. */
  readonly waitedFor: ReadonlyMap<string, string>
  readonly seconds: number
  readonly advice: Advice
  readonly slots: readonly number[]
}

const WIDTH = 1000
const ROW = 18

/** The page. */
export function timingsPage({ steps, path, waitedFor, seconds, advice, slots }: Timings): string {
  const builds = steps.filter(({ kind }) => kind === 'build')
  const fetches = steps.filter(({ kind }) => kind === 'fetch')
  const onPath = new Set(path)
  const busy = builds.reduce((sum, { start, end }) => sum + end - start, 0)
  const body = html`<a class="skip" href="#main">Skip to the content</a>
    <header>
      <h1>Timings</h1>
      <ul class="figures">
        ${figure(`${seconds.toFixed(1)} s`, 'wall time')}${figure(builds.length, 'built')}${figure(fetches.length, 'fetched')}
        ${figure((busy / seconds).toFixed(1), 'builds at a time, on average')}${figure(path.length, 'units on the longest path')}
      </ul>
    </header>
    <main id="main">
      <h2>Slots in use</h2>
      ${slotsChart(builds, seconds)}
      <h2>Units over time</h2>
      <p class="faint">
        Those of the longest path are marked; nothing shortens the build but what shortens one of them.
      </p>
      <div class="scroll" tabindex="0">${unitsChart(builds, onPath, seconds)}</div>
      <h2>Units</h2>
      <div class="scroll" tabindex="0">${unitsTable(builds, onPath, waitedFor)}</div>
      <h2>Interfaces</h2>
      ${adviceTable(advice, slots)} ${fetches.length === 0 ? '' : fetchesTable(fetches)}
    </main>`
  return page({ title: 'Timings', body })
}

function figure(value: string | number, label: string): Html {
  return html`<li><b>${value}</b>${label}</li>`
}

/** How many builds run, as an area over time. */
function slotsChart(builds: readonly BuildStep[], seconds: number): Html {
  const edges = builds
    .flatMap(({ start, end }) => [
      { at: start, change: 1 },
      { at: end, change: -1 },
    ])
    .toSorted((a, b) => a.at - b.at || a.change - b.change)
  let running = 0
  const levels = edges.map(({ at, change }) => ({ at, running: (running += change) }))
  const most = Math.max(1, ...levels.map((each) => each.running))
  const height = 120
  const x = (at: number): string => ((at / seconds) * WIDTH).toFixed(1)
  const y = (count: number): string => (height - (count / most) * height).toFixed(1)
  const points = levels.map((level, index) => `H${x(level.at)}V${y(levels[index]!.running)}`).join('')
  return html`<svg
      role="img"
      aria-label="at most ${most} builds at a time"
      viewBox="0 0 ${WIDTH} ${height}"
      width="100%"
      height="${height}"
      preserveAspectRatio="none"
    >
      <path d="M0 ${height}${rawHtml(points)}H${WIDTH}V${height}Z" fill="var(--accent)" opacity=".5" />
    </svg>
    <p class="faint">at most ${most}, over ${seconds.toFixed(1)} s</p>`
}

function unitsChart(builds: readonly BuildStep[], onPath: ReadonlySet<string>, seconds: number): Html {
  const sorted = builds.toSorted((a, b) => a.start - b.start)
  const bars = sorted.map(({ path, start, end }, index) => {
    const name = unitName(path)
    const [left, width] = [(start / seconds) * WIDTH, Math.max(1, ((end - start) / seconds) * WIDTH)]
    const colour = onPath.has(name) ? 'var(--bad)' : 'var(--accent)'
    return html`<g>
      <title>${name}: ${(end - start).toFixed(1)} s from ${start.toFixed(1)} s</title>
      <rect
        x="${left.toFixed(1)}"
        y="${index * ROW + 2}"
        width="${width.toFixed(1)}"
        height="${ROW - 4}"
        fill="${colour}"
        opacity=".7"
      />
      <text
        x="${(left > WIDTH * 0.7 ? left - 4 : left + 4).toFixed(1)}"
        y="${index * ROW + 13}"
        font-size="11"
        fill="var(--text)"
        text-anchor="${left > WIDTH * 0.7 ? 'end' : 'start'}"
        >${name}</text
      >
    </g>`
  })
  return html`<svg
    role="img"
    aria-label="units over time"
    viewBox="0 0 ${WIDTH} ${sorted.length * ROW}"
    width="100%"
  >
    ${bars}
  </svg>`
}

function unitsTable(
  builds: readonly BuildStep[],
  onPath: ReadonlySet<string>,
  waitedFor: ReadonlyMap<string, string>,
): Html {
  const rows = builds
    .toSorted((a, b) => b.end - b.start - (a.end - a.start))
    .map(({ path, start, end }) => {
      const name = unitName(path)
      return html`<tr>
        <th scope="row"><code>${name}</code></th>
        <td class="number">${(end - start).toFixed(1)} s</td>
        <td class="number">${start.toFixed(1)} s</td>
        <td><code>${waitedFor.get(name) ?? ''}</code></td>
        <td>${onPath.has(name) ? 'longest path' : ''}</td>
      </tr>`
    })
  return html`<table>
    <thead>
      <tr>
        <th scope="col">unit</th>
        <th scope="col" class="number">took</th>
        <th scope="col" class="number">started</th>
        <th scope="col">waited last for</th>
        <th scope="col"></th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`
}

function adviceTable({ wall, suggestions, present }: Advice, slots: readonly number[]): Html {
  const row = (name: string, times: readonly number[]): Html =>
    html`<tr>
      <th scope="row">${name}</th>
      ${times.map((each) => html`<td class="number">${each.toFixed(1)} s</td>`)}
    </tr>`
  const head = slots.map((each) => html`<th scope="col" class="number">${each} slots</th>`)
  return html`<table>
      <caption>
        Estimated wall time, where these libraries have an interface, each with those before it
      </caption>
      <thead>
        <tr>
          <th scope="col">interfaces</th>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${row('as it is', wall)}${suggestions.map((each) => row(`and ${each.package}`, each.wall))}
      </tbody>
    </table>
    ${present.length === 0 ? '' : html`<p class="faint">There are interfaces of ${present.join(', ')}.</p>`}`
}

function fetchesTable(fetches: readonly BuildStep[]): Html {
  const rows = fetches
    .toSorted((a, b) => b.end - b.start - (a.end - a.start))
    .map(
      ({ path, start, end }) =>
        html`<tr>
          <th scope="row"><code>${path}</code></th>
          <td class="number">${(end - start).toFixed(1)} s</td>
        </tr>`,
    )
  return html`<h2>Fetched</h2>
    <div class="scroll" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">path</th>
            <th scope="col" class="number">took</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`
}
