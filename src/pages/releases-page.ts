/**
 * The index of all releases: by class, newest first, with downloads, hashes, signatures, images and notes.
 *
 * In: releases. Out: one HTML page, whose links are relative to the top of the store.
 */
import { posix } from 'node:path'
import { counted, printedSize } from '../counted.ts'
import type { PublishedFile, PublishedRelease, ReleaseClassList } from '../nix/release/published-releases.ts'
import { feedFile, urlPath, type FeedOptions } from '../nix/release/release-feed.ts'
import { imageReference, releaseImage } from '../nix/release/release-image.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { markdown } from './markdown.ts'

/** The page. */
export function releasesPage(classes: readonly ReleaseClassList[], options: FeedOptions): string {
  const { title } = options
  const newest = classes[0]?.releases[0]
  const body = html`<a class="skip" href="#main">Skip to the content</a>
    <header>
      <h1>${title}</h1>
      ${
        newest === undefined
          ? html`<p>Nothing has been released yet.</p>`
          : html`<p>
              The newest ${newest.manifest.class} release is
              <a href="#${newest.manifest.version}">${newest.manifest.version}</a>.
            </p>`
      }
      <nav aria-label="Classes">
        <ul>
          ${classes.map(
            ({ name, releases }) => html`<li><a href="#class-${name}">${name}</a> (${releases.length})</li> `,
          )}
        </ul>
      </nav>
    </header>
    <main id="main" tabindex="-1">
      ${classes.map((list, index) => classSection(list, index === 0, options))}
    </main>`
  return page({ title, body, style: STYLE, script: SCRIPT })
}

function classSection({ name, releases }: ReleaseClassList, isFirst: boolean, options: FeedOptions): Html {
  return html`<section aria-labelledby="class-${name}">
    <h2 id="class-${name}">${name}</h2>
    <p class="faint">
      Newest first.
      <a href="${urlPath(feedFile(name))}" type="application/feed+json">Feed of ${name} releases</a>
    </p>
    ${releases.map((release, index) => releaseDetails(release, isFirst && index === 0, options))}
  </section>`
}

function releaseDetails(release: PublishedRelease, isOpen: boolean, { repository }: FeedOptions): Html {
  const { manifest, date, notes, files, others } = release
  const { version, commit } = manifest
  const summary = html`<summary>
    <h3>${version}</h3>
    <span class="faint">${manifest.name}, ${day(date)}</span>
  </summary>`
  const content = html`${notes === undefined ? '' : html`<div class="notes">${markdown(notes)}</div>`}
    ${filesTable(release)} ${image(release, repository)}
    <p class="faint">
      ${commit === null ? '' : html`Commit <code>${commit}</code>. `}${
        files.length < manifest.artefacts.length
          ? html`No longer stored: ${counted(manifest.artefacts.length - files.length, 'file')}. `
          : ''
      }Also:
      ${others.map((path, index) => html`${index === 0 ? '' : ', '}<a href="${urlPath(`${version}/${path}`)}">${path}</a>`)}
    </p>`
  // No attribute can be left out by interpolation, so there are two elements.
  return isOpen
    ? html`<details class="release" id="${version}" open>${summary}${content}</details>`
    : html`<details class="release" id="${version}">${summary}${content}</details>`
}

function filesTable({ manifest: { version }, files }: PublishedRelease): Html {
  if (files.length === 0) return html`<p class="faint">Its files are no longer stored.</p>`
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Files of ${version}">
    <table>
      <thead>
        <tr>
          <th scope="col">Platform</th>
          <th scope="col">File</th>
          <th scope="col" class="number">Size</th>
          <th scope="col">SHA-256</th>
          <th scope="col">Signatures</th>
        </tr>
      </thead>
      <tbody>
        ${files.map(
          (file) =>
            html`<tr>
              <td>${platform(file)}</td>
              <th scope="row">
                <a href="${urlPath(`${version}/${file.path}`)}">${posix.basename(file.path)}</a>
              </th>
              <td class="number">${printedSize(file.size)}</td>
              <td><code class="hash">${file.sha256}</code></td>
              <td>${signatures(version, file)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`
}

function platform({ triple, os, architecture, variant }: PublishedFile): Html {
  if (triple === null) return html`all images`
  const words = [os, architecture, variant].filter((word) => word !== null)
  return html`${words.join('/')}<br /><span class="faint">${triple}</span>`
}

function signatures(version: string, { path, signatures: paths }: PublishedFile): Html {
  if (paths.length === 0) return html`–`
  return html`${paths.map(
    (each, index) =>
      html`${index === 0 ? '' : ', '}<a href="${urlPath(`${version}/${each}`)}"
          >${each.slice(path.length + 1)}</a
        >`,
  )}`
}

function image({ manifest }: PublishedRelease, repository: string | undefined): Html {
  const digest = releaseImage(manifest)?.digest
  if (digest === undefined) return html``
  const reference = repository === undefined ? undefined : imageReference(manifest, repository)
  return html`<p>Image: <code class="hash">${reference ?? digest}</code></p>`
}

function day(date: string): string {
  return date.slice(0, 10)
}

const STYLE = `
h3 { display: inline; font-size: 1.05rem; margin: 0; }
.release { border: 1px solid var(--line); border-radius: 6px; margin: .6rem 0; padding: 0 .9rem; }
.release > summary { cursor: pointer; padding: .6rem 0; }
td.number { white-space: nowrap; }
.notes { max-width: 48rem; }
.notes pre { overflow-x: auto; background: var(--panel); padding: .6rem; }
.hash { white-space: normal; overflow-wrap: anywhere; }
td .hash { display: inline-block; min-width: 16rem; }
`

/** A link to a release opens it. */
const SCRIPT = `
const open = () => {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (named instanceof HTMLDetailsElement) { named.open = true; named.scrollIntoView() }
}
addEventListener('hashchange', open)
open()
addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((each) => { each.open = true }))
`
