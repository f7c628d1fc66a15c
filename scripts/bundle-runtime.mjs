// Bundles templates/ into one Nix file, `nix/cargo2nix.nix` of users: each Nix file is a binding, and each other file a
// text that reaches the store by itself, so that a change of one script rebuilds only what runs it.
//
// Templates name other files by plain relative paths: `import ./x.nix` becomes `nix.x`, `./x.sh` becomes `sh.x`. nixfmt
// measures a line from its indentation on, so what is formatted in a file of its own stays so in the bundle.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join, normalize } from 'node:path'

const INDENT = '    '

/**
 * The text, without header.
 *
 * @param {string} directory of the templates
 * @returns {string}
 * @throws {Error} where two files have one name, or a path leads to no file
 */
export function bundleRuntime(directory) {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((a, b) => compare(nameOf(a), nameOf(b)))
  const known = new Set()
  for (const path of paths) {
    if (known.has(nameOf(path))) throw new Error(`${path}: another file is ${nameOf(path)}, too`)
    known.add(nameOf(path))
  }
  const bindings = paths.map((path) =>
    extname(path) === '.nix' ? nixBinding(path, known) : textBinding(path),
  )
  return `let\n${bindings.join('\n')}in\nnix.default\n`
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b)
}

/** `nix.compile-unit` of `units/compile-unit.nix`. */
function nameOf(path) {
  const kind = extname(path)
  return `${kind.slice(1)}.${basename(path, kind)}`
}

function nixBinding(path, known) {
  const [, comment, code] = /^((?:#.*\n)*)([^]*)$/.exec(readFileSync(path, 'utf8'))
  const linked = code.replaceAll(/(import )?(?<![\w"./+])(\.\.?\/[\w./-]+\.\w+)/g, (_, isImport, file) => {
    const name = nameOf(normalize(join(path, '..', file)))
    if (!known.has(name)) throw new Error(`${path}: there is no ${file}`)
    return isImport === undefined && name.startsWith('nix.') ? `(${name})` : name
  })
  // As nixfmt has it: a set or a text begins on the line of its name, a function on a line of its own.
  const isValue = /^"|^\{\n +(?:#|[\w.-]+ =)/.test(linked)
  const body = isValue ? ` ${indent(linked, '  ').trim()}` : `\n${indent(linked, INDENT).trimEnd()}`
  return `${indent(comment, '  ')}  ${nameOf(path)} =${body};\n`
}

function textBinding(path) {
  const text = readFileSync(path, 'utf8').replaceAll("''", "'''").replaceAll('${', "''${")
  const name = basename(path)
  return `  ${nameOf(path)} = builtins.toFile "${name}" ''\n${indent(text, INDENT)}  '';\n`
}

/** Empty lines stay empty. */
function indent(text, by) {
  return text.replaceAll(/^(?=.)/gm, by)
}
