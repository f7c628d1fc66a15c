/** The part of a changelog (in the format of Keep a Changelog) that is about one version. */

const HEADING = /^(#{1,3})\s+(.*?)\s*#*\s*$/

/**
 * The text below the heading of a version, without the heading; undefined if there is none.
 *
 * @param version with or without the `v` that tags have
 */
export function changelogSection(changelog: string, version: string): string | undefined {
  const lines = changelog.replaceAll('\r\n', '\n').split('\n')
  const start = lines.findIndex((line) => isHeadingOf(line, version))
  const level = HEADING.exec(lines[start] ?? '')?.[1]?.length
  if (level === undefined) return undefined
  const below = lines.slice(start + 1)
  const end = below.findIndex((line) => (HEADING.exec(line)?.[1]?.length ?? Infinity) <= level)
  // Definitions of links at the end belong to the whole file.
  const section = (end < 0 ? below : below.slice(0, end)).filter((line) => !/^\[[^\]]+\]:\s/.test(line))
  const text = section.join('\n').trim()
  return text === '' ? undefined : `${text}\n`
}

/** `## [1.2.0] - 2026-11-25`, `## 1.2.0`, `# v1.2.0 (25 November)`, `## Garage v1.2.0`. */
function isHeadingOf(line: string, version: string): boolean {
  const title = HEADING.exec(line)?.[2]
  if (title === undefined) return false
  const bare = (word: string): string => word.replace(/^v(?=\d)/, '')
  const words = title.split(/[\s[\](),:]+/).map(bare)
  return words.includes(bare(version))
}
