/**
 * The report of a workspace: targets, members and what they bring in, crates in several versions, native
 * code, licences.
 *
 * In: WorkspaceReport. Out: one HTML page.
 */
import type { MatrixTargetRow } from '../nix/plan/target-overview.ts'
import type { NativeCrate } from '../nix/native/native-crates.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { append } from '../maps.ts'

export interface WorkspaceReport {
  readonly name: string
  /** The Rust triple whose build's units are counted. */
  readonly target: string
  readonly targets: readonly MatrixTargetRow[]
  readonly members: readonly ReportedMember[]
  /** Sorted by name and version. */
  readonly packages: readonly ReportedPackage[]
  readonly native: readonly NativeCrate[]
  readonly unitCount: number
}

export interface ReportedMember {
  readonly name: string
  readonly version: string
  /** Units of a build of it, including its own. */
  readonly units: number
  /** Packages that it brings in, including those of the workspace. */
  readonly packages: number
  /** Names of packages that no other member brings in. */
  readonly own: readonly string[]
  /** Names of members that it depends on. */
  readonly members: readonly string[]
}

export interface ReportedPackage {
  readonly name: string
  readonly version: string
  readonly source: 'member' | 'path' | 'registry' | 'git'
  readonly license: string
  /** Zero: nothing of it is compiled for the target. */
  readonly units: number
  /** `name version` of the packages that depend on it. */
  readonly dependents: readonly string[]
}

/** The page. */
export function workspaceReport(report: WorkspaceReport): string {
  const duplicates = duplicatesOf(report.packages)
  const licenses = byLicense(report.packages)
  const uncovered = report.native.filter(({ coveredBy }) => coveredBy === 'nothing').length
  const body = html`<a class="skip" href="#main">Skip to the content</a>
    <header>
      <h1>${report.name}</h1>
      <p class="faint">
        Units are those of a release build of all members for <code>${report.target}</code>.
      </p>
      <ul class="figures">
        ${figure(report.members.length, 'members')}${figure(report.packages.length, 'packages')}${figure(report.unitCount, 'units')}
        ${figure(report.targets.length, 'targets')}${figure(duplicates.length, 'crates in several versions')}${figure(uncovered, 'crates with uncovered native code')}${figure(licenses.length, 'licences')}
      </ul>
      <nav aria-label="Sections">
        <ul>
          ${SECTIONS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
        </ul>
      </nav>
    </header>
    <main id="main" tabindex="-1">
      ${section('targets', [targetsTable(report.targets)])}
      ${section('members', [membersTable(report.members)])}
      ${section('duplicates', [duplicatesTable(duplicates)])}
      ${section('native', [nativeTable(report.native, report.targets.length)])}
      ${section('licences', [licensesTable(licenses)])}
      ${section('packages', [SEARCH, packagesTable(report.packages)])}
    </main>`
  return page({ title: `${report.name}: report`, body, script: SCRIPT })
}

const SECTIONS: readonly (readonly [id: string, title: string])[] = [
  ['targets', 'Targets'],
  ['members', 'Members'],
  ['duplicates', 'Crates in several versions'],
  ['native', 'Native code'],
  ['licences', 'Licences'],
  ['packages', 'Packages'],
]

function section(id: string, content: readonly Html[]): Html {
  const title = SECTIONS.find(([each]) => each === id)?.[1] ?? id
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section>`
}

function figure(count: number, of: string): Html {
  return html`<li><b>${count}</b>${of}</li>`
}

interface Column {
  readonly title: string
  readonly isNumber?: boolean
}

/** `rows` are cells; rows that can be searched have a text to search in. */
function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly { readonly cells: readonly (string | number | Html)[]; readonly search?: string }[],
): Html {
  if (rows.length === 0) return html`<p class="faint">None.</p>`
  const kind = (index: number): string => (columns[index]?.isNumber === true ? 'number' : 'text')
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(({ title }, index) => html`<th scope="col" class="${kind(index)}">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ cells, search }) =>
            html`<tr data-search="${search ?? ''}">
              ${cells.map((cell, index) =>
                index === 0
                  ? html`<th scope="row">${cell}</th>`
                  : html`<td class="${kind(index)}">${cell}</td>`,
              )}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`
}

function targetsTable(targets: readonly MatrixTargetRow[]): Html {
  return table(
    'What is built for, and what Nix calls it',
    [
      { title: 'Target' },
      { title: 'Nix' },
      { title: 'pkgsCross' },
      { title: 'Linker' },
      { title: 'Static' },
      { title: 'Builds' },
      { title: 'Packages that differ', isNumber: true },
    ],
    targets.map((row) => ({
      cells: [
        html`<code>${row.triple}</code>`,
        html`<code>${row.config ?? '–'}</code>`,
        html`<code>${row.pkgsCross ?? '–'}</code>`,
        html`<code>${row.linker ?? 'cc'}</code>`,
        row.static ? 'yes' : 'no',
        row.builds ? 'yes' : 'no',
        row.differing,
      ],
    })),
  )
}

function membersTable(members: readonly ReportedMember[]): Html {
  return table(
    'What a build of each member compiles',
    [
      { title: 'Member' },
      { title: 'Units', isNumber: true },
      { title: 'Packages', isNumber: true },
      { title: 'Only it brings' },
      { title: 'Depends on members' },
    ],
    members.map(({ name, version, units, packages, own, members: others }) => ({
      cells: [
        html`<code>${name}</code> <span class="faint">${version}</span>`,
        units,
        packages,
        names(own),
        names(others),
      ],
    })),
  )
}

/** A long list is collapsed. */
function names(list: readonly string[]): Html {
  if (list.length === 0) return html`–`
  if (list.length <= 6) return html`${list.join(', ')}`
  return html`<details>
    <summary>${list.length}</summary>
    ${list.join(', ')}
  </details>`
}

interface Duplicate {
  readonly name: string
  readonly versions: readonly ReportedPackage[]
}

function duplicatesOf(packages: readonly ReportedPackage[]): readonly Duplicate[] {
  const byName = new Map<string, ReportedPackage[]>()
  for (const item of packages) append(byName, item.name, item)
  return [...byName]
    .filter(([, versions]) => versions.length > 1)
    .map(([name, versions]) => ({ name, versions }))
}

function duplicatesTable(duplicates: readonly Duplicate[]): Html {
  return table(
    'Each version, and which packages ask for it',
    [{ title: 'Crate' }, { title: 'Version' }, { title: 'Units', isNumber: true }, { title: 'Asked for by' }],
    duplicates.flatMap(({ name, versions }) =>
      versions.map(({ version, units, dependents }) => ({
        cells: [html`<code>${name}</code>`, version, units, names(dependents)],
      })),
    ),
  )
}

function nativeTable(native: readonly NativeCrate[], allTargets: number): Html {
  return table(
    'Crates that link or look for native code, and what covers what they need',
    [
      { title: 'Crate' },
      { title: 'links' },
      { title: 'Build script uses' },
      { title: 'Covered by' },
      { title: 'In the shell' },
      { title: 'Targets' },
    ],
    native.map(({ key, links, tools, coveredBy, shell, targets }) => ({
      cells: [
        html`<code>${key}</code>`,
        links ?? '–',
        tools.join(', ') || '–',
        coveredBy === 'nothing'
          ? html`<span class="bad">nothing: name it in crateOverrides</span>`
          : coveredBy,
        shell.join(', ') || '–',
        targets.length === allTargets ? 'all' : targets.join(', '),
      ],
    })),
  )
}

function byLicense(packages: readonly ReportedPackage[]): readonly (readonly [string, readonly string[]])[] {
  const licenses = new Map<string, string[]>()
  for (const { name, version, license } of packages) {
    append(licenses, license, `${name} ${version}`)
  }
  return [...licenses].toSorted(([, a], [, b]) => b.length - a.length)
}

function licensesTable(licenses: ReturnType<typeof byLicense>): Html {
  return table(
    'As the manifests say',
    [{ title: 'Licence' }, { title: 'Packages', isNumber: true }, { title: 'Which' }],
    licenses.map(([license, list]) => ({
      cells: [license || html`<span class="bad">not given</span>`, list.length, names(list)],
    })),
  )
}

const SEARCH: Html = html`<p class="search">
  <label for="search">Search packages by name, version, licence or source</label><br />
  <input id="search" type="search" autocomplete="off" /> <span id="found" role="status" class="faint"></span>
</p>`

function packagesTable(packages: readonly ReportedPackage[]): Html {
  return table(
    'All packages of the lockfile that a target needs',
    [
      { title: 'Package' },
      { title: 'Version' },
      { title: 'Source' },
      { title: 'Licence' },
      { title: 'Units', isNumber: true },
      { title: 'Asked for by' },
    ],
    packages.map(({ name, version, source, license, units, dependents }) => ({
      cells: [html`<code>${name}</code>`, version, source, license || '–', units, names(dependents)],
      search: `${name} ${version} ${source} ${license}`.toLowerCase(),
    })),
  )
}

const SCRIPT = `
const search = document.getElementById('search')
const found = document.getElementById('found')
const rows = [...document.querySelectorAll('tr[data-search]:not([data-search=""])')]
search.addEventListener('input', () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean)
  let count = 0
  for (const row of rows) {
    row.hidden = !words.every((word) => row.dataset.search.includes(word))
    if (!row.hidden) count += 1
  }
  found.textContent = words.length === 0 ? '' : count + ' of ' + rows.length
})
addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((each) => { each.open = true }))
`
