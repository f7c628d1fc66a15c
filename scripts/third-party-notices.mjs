// The licence texts of the packages that are bundled, as one text that travels with the bundle.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Its name, beside the bundle. */
export const NOTICES = 'THIRD-PARTY-NOTICES'

/** Directories of the packages of which esbuild put a byte into an output, sorted by name. */
export function bundledPackages({ outputs }) {
  const inputs = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
  const directories = inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
  return [...new Set(directories.filter((directory) => directory !== undefined))].sort()
}

/**
 * One section per package: name, version, licence, and the texts of its licence files.
 *
 * Throws where a package has none, and is not under MIT, whose text is ours, too.
 */
export function thirdPartyNotices(metafile) {
  const sections = bundledPackages(metafile).map((directory) => {
    const manifest = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'))
    const { name, version, license, homepage } = manifest
    const title = `${name} ${version} (${license})${homepage === undefined ? '' : `\n${homepage}`}`
    const texts = licenceFiles(directory).map((file) => readFileSync(`${directory}/${file}`, 'utf8').trim())
    return `${title}\n\n${texts.length === 0 ? mitOf(manifest) : texts.join('\n\n')}\n`
  })
  return `${INTRODUCTION}\n${sections.map((section) => `${RULE}\n${section}`).join('\n')}`
}

const RULE = '-'.repeat(80)

const INTRODUCTION = `cargo2nix-ts contains code of the following packages, each under its own licence.
`

function licenceFiles(directory) {
  return existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i.test(name))
        .sort()
    : []
}

/** For a package that says MIT and names its author, but was published without the text. */
function mitOf({ name, license, author }) {
  const owner = typeof author === 'string' ? author : author?.name
  if (license !== 'MIT' || owner === undefined) throw new Error(`${name} has no licence file, and is bundled`)
  return readFileSync('LICENSE', 'utf8')
    .replace(/^Copyright .*$/m, `Copyright (c) ${owner}`)
    .trim()
}
