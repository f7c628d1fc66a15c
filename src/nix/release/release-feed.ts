/**
 * The feed of a class of releases, in the format of JSON Feed 1.1.
 *
 * In: releases, newest first. Out: JSON. URLs are relative to the feed unless the store's public URL is given.
 */
import type { PublishedRelease, ReleaseClassList } from './published-releases.ts'
import { imageReference } from './release-image.ts'

export interface FeedOptions {
  readonly title: string
  /** Where the store is served, with a slash at its end; undefined: URLs are relative. */
  readonly url: string | undefined
  /** `HOST/NAME` that images are pushed to; undefined: not known. */
  readonly repository: string | undefined
}

const FEED_VERSION = 'https://jsonfeed.org/version/1.1'

/** The name of a class's feed, at the top of the store. */
export function feedFile(className: string): string {
  return `${className}.json`
}

/** Whether a text is the feed of a class, not some other file that is named like one. */
export function isFeedOf(className: string, text: string): boolean {
  try {
    const { version, title } = JSON.parse(text) as Record<string, unknown>
    return version === FEED_VERSION && typeof title === 'string' && title.endsWith(`releases: ${className}`)
  } catch {
    return false
  }
}

/** A path of the store as part of a URL. Servers of S3 take a plus sign for a space unless it is encoded. */
export function urlPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** The feed as text. */
export function releaseFeed(
  { name, releases }: ReleaseClassList,
  { title, url = '', repository }: FeedOptions,
): string {
  const item = (release: PublishedRelease): unknown => {
    const { manifest, date, notes, files } = release
    const urlOf = (path: string): string => `${url}${urlPath(`${manifest.version}/${path}`)}`
    const image = repository && imageReference(manifest, repository)
    return {
      id: `${manifest.name}-${manifest.version}`,
      url: `${url}index.html#${manifest.version}`,
      title: `${manifest.name} ${manifest.version}`,
      content_text: notes ?? `${manifest.name} ${manifest.version}`,
      date_published: date,
      tags: [manifest.class],
      attachments: files.map(({ path, size, format, triple }) => ({
        url: urlOf(path),
        mime_type: MIME_TYPES[format] ?? 'application/octet-stream',
        title: triple === null ? path : `${triple}: ${path.slice(path.lastIndexOf('/') + 1)}`,
        size_in_bytes: size,
      })),
      // JSON Feed leaves names with an underscore to extensions.
      _release: {
        ref: manifest.ref,
        commit: manifest.commit,
        manifest: urlOf('release.json'),
        sums: urlOf('SHA256SUMS'),
        image: image ?? null,
        artefacts: files.map(
          ({ triple, os, architecture, variant, kind, format, path, size, sha256, digest, signatures }) => ({
            triple,
            os,
            architecture,
            variant,
            kind,
            format,
            url: urlOf(path),
            size,
            sha256,
            digest,
            signatures: signatures.map(urlOf),
          }),
        ),
      },
    }
  }
  const feed = {
    version: FEED_VERSION,
    title: `${title}: ${name}`,
    ...(url === ''
      ? {}
      : { home_page_url: `${url}index.html`, feed_url: `${url}${urlPath(feedFile(name))}` }),
    items: releases.map(item),
  }
  return `${JSON.stringify(feed, undefined, 2)}\n`
}

const MIME_TYPES: Readonly<Record<string, string>> = {
  'tar.gz': 'application/gzip',
  'tar.zst': 'application/zstd',
  zip: 'application/zip',
  'oci-archive': 'application/x-tar',
}
