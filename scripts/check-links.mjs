// check-links.mjs DIRECTORY: every link inside a site of HTML pages leads to a page, and to a place in it. Prints the
// broken ones and exits with 1 if there are any.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(process.argv[2])
const pages = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.html'),
)
const text = new Map()
const read = (path) => {
  if (!text.has(path)) text.set(path, readFileSync(path, 'utf8'))
  return text.get(path)
}
let count = 0
const broken = new Set()
for (const page of pages.map((path) => join(root, path))) {
  for (const [, link] of read(page).matchAll(/(?:href|src)="([^"]+)"/g)) {
    if (/^[a-z]+:/.test(link)) continue
    count += 1
    const [path, place] = link.split('#')
    const target = path === '' ? page : join(dirname(page), path)
    const isThere =
      existsSync(target) && (!place || !target.endsWith('.html') || read(target).includes(`id="${place}"`))
    if (!isThere) broken.add(`${relative(root, page)}: ${link}`)
  }
}
for (const each of broken) console.error(`broken link in ${each}`)
console.error(`${pages.length} pages, ${count} links, ${broken.size} broken`)
process.exitCode = count > 0 && broken.size === 0 ? 0 : 1
