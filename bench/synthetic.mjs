// How time grows with the number of packages: `node bench/synthetic.mjs [SIZES]`, by default 500 and 5000.
// A workspace of one member and a vendored directory is made for each size; every package depends on five others and has
// features, a tenth are proc macros, a tenth have build scripts. Prints seconds, and time per package as a ratio.
// Then how it grows with members, for a third of these sizes: each member depends on five others.
// Then how long Nix evaluates, where it is installed: a quarter and a half of these sizes, and chains of as many packages, each of
// which depends on the next: processor seconds, and what is allocated. (A derivation names all libraries below its own, so
// the text of all derivations is quadratic in the length of a chain.)
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [500, 5000]
const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')
const targets = [
  'x86_64-unknown-linux-musl',
  'i686-unknown-linux-musl',
  'aarch64-unknown-linux-musl',
  'arm-unknown-linux-musleabihf',
  'x86_64-unknown-linux-gnu',
  'aarch64-unknown-linux-gnu',
  'x86_64-pc-windows-gnu',
  'i686-pc-windows-gnu',
].flatMap((target) => ['--target', target])

/** A small generator of numbers, so that every run makes the same workspaces. */
function generator(seed) {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
}

function manifest(index, next) {
  const lines = [`[package]\nname = "p${index}"\nversion = "1.0.0"\nedition = "2021"\n`]
  lines.push(index % 10 === 3 ? '[lib]\nproc-macro = true\n' : '[lib]\n')
  const below = [...new Set(Array.from({ length: 5 }, () => next(Math.max(index, 1))))].filter(
    (other) => other < index,
  )
  lines.push('[dependencies]')
  for (const [at, other] of below.entries()) {
    lines.push(`p${other} = { version = "1", features = ["a"]${at === 4 ? ', optional = true' : ''} }`)
  }
  const optional = below.length === 5 ? `"dep:p${below[4]}"` : ''
  lines.push(`[features]\ndefault = ["a"]\na = ["b"]\nb = [${optional}]`)
  return `${lines.join('\n')}\n`
}

const chainManifest = (index) =>
  `[package]\nname = "p${index}"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\n${index === 0 ? '' : `p${index - 1} = "1"\n`}`

function makeWorkspace(folder, size, isChain = false) {
  const next = generator(size)
  const locked = []
  for (let index = 0; index < size; index++) {
    const at = join(folder, 'vendor', `p${index}`)
    mkdirSync(join(at, 'src'), { recursive: true })
    const text = isChain ? chainManifest(index) : manifest(index, next)
    writeFileSync(join(at, 'Cargo.toml'), text)
    writeFileSync(join(at, 'src', 'lib.rs'), '')
    if (index % 10 === 7 && !isChain) writeFileSync(join(at, 'build.rs'), 'fn main() {}')
    const checksum = '0'.repeat(64)
    writeFileSync(join(at, '.cargo-checksum.json'), JSON.stringify({ files: {}, package: checksum }))
    const dependencies = [...text.matchAll(/^(p\d+) = /gm)].map(([, name]) => ` "${name}",\n`).sort()
    const list = dependencies.length === 0 ? '' : `dependencies = [\n${dependencies.join('')}]\n`
    const source = 'registry+https://github.com/rust-lang/crates.io-index'
    locked.push(
      `[[package]]\nname = "p${index}"\nversion = "1.0.0"\nsource = "${source}"\nchecksum = "${checksum}"\n${list}`,
    )
  }
  const wanted = isChain ? [`p${size - 1}`] : Array.from({ length: size }, (_, index) => `p${index}`)
  mkdirSync(join(folder, '.cargo'))
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'src', 'lib.rs'), '')
  writeFileSync(
    join(folder, '.cargo', 'config.toml'),
    '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "vendor"\n',
  )
  writeFileSync(
    join(folder, 'Cargo.toml'),
    `[package]\nname = "root"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n${wanted.map((name) => `${name} = "1"\n`).join('')}`,
  )
  const list = wanted.toSorted().map((name) => ` "${name}",\n`)
  locked.push(`[[package]]\nname = "root"\nversion = "0.1.0"\ndependencies = [\n${list.join('')}]\n`)
  writeFileSync(join(folder, 'Cargo.lock'), `version = 4\n\n${locked.toSorted().join('\n')}`)
}

function makeMembers(directory, size) {
  const next = generator(size)
  const locked = []
  for (let index = 0; index < size; index++) {
    const at = join(directory, 'members', `m${index}`)
    mkdirSync(join(at, 'src'), { recursive: true })
    const below = [...new Set(Array.from({ length: 5 }, () => next(Math.max(index, 1))))]
      .filter((other) => other < index)
      .map((other) => `m${other}`)
      .toSorted()
    const dependencies = below.map((name) => `${name} = { path = "../${name}" }\n`).join('')
    writeFileSync(
      join(at, 'Cargo.toml'),
      `[package]\nname = "m${index}"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\n${dependencies}`,
    )
    writeFileSync(join(at, 'src', 'lib.rs'), '')
    const list =
      below.length === 0 ? '' : `dependencies = [\n${below.map((name) => ` "${name}",\n`).join('')}]\n`
    locked.push(`[[package]]\nname = "m${index}"\nversion = "1.0.0"\n${list}`)
  }
  writeFileSync(join(directory, 'Cargo.toml'), '[workspace]\nresolver = "2"\nmembers = ["members/*"]\n')
  writeFileSync(join(directory, 'Cargo.lock'), `version = 4\n\n${locked.toSorted().join('\n')}`)
}

/** Seconds of processor time and MiB of the largest process, the best of three runs. */
function measure(cwd, args) {
  const script = `const { spawnSync } = require('node:child_process')
    const { status, stderr } = spawnSync(process.execPath, ${JSON.stringify([cli, ...args])}, { stdio: ['ignore', 'ignore', 'pipe'] })
    if (status !== 0) throw new Error(String(stderr))
    const used = process.resourceUsage()`
  const runs = Array.from({ length: 3 }, () => {
    const start = performance.now()
    const child = spawnSync(process.execPath, ['-e', `${script}`], { cwd, encoding: 'utf8' })
    if (child.status !== 0) throw new Error(child.stderr)
    return (performance.now() - start) / 1000
  })
  return Math.min(...runs)
}

const commands = {
  'unit-graph, one target': ['unit-graph', 'build', '--workspace', ...targets.slice(0, 2)],
  'unit-graph, eight targets': ['unit-graph', 'build', '--workspace', ...targets],
  'generate, one host, eight targets': [
    'generate',
    '--offline',
    '--host',
    'x86_64-unknown-linux-gnu',
    ...targets,
  ],
}
const root = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-synthetic-'))
try {
  for (const size of sizes) makeWorkspace(mkdirAt(join(root, String(size))), size)
  for (const [title, args] of Object.entries(commands)) report(title, 'packages', args, sizes)
  const members = sizes.map((size) => Math.round(size / 3))
  for (const size of members) makeMembers(mkdirAt(join(root, `members-${size}`)), size)
  report('generate', 'members', ['generate', '--offline'], members, 'members-')
  if (spawnSync('nix-instantiate', ['--version']).status === 0) evaluations()
} finally {
  rmSync(root, { recursive: true, force: true })
}

function evaluations() {
  const lengths = [...new Set(sizes.flatMap((size) => [size / 4, size / 2]).map(Math.round))]
  for (const [title, isChain] of [
    ['evaluation', false],
    ['evaluation of a chain', true],
  ]) {
    const figures = lengths.map((size) => {
      const folder = mkdirAt(join(root, `${title} ${size}`))
      makeWorkspace(folder, size, isChain)
      const target = ['--target', 'x86_64-unknown-linux-gnu']
      measure(folder, ['generate', '--offline', '--host', 'x86_64-unknown-linux-gnu', ...target])
      return `${size} packages ${evaluate(folder)}`
    })
    console.log(`${title}: ${figures.join(', ')}`)
  }
}

/** Processor seconds of `nix-instantiate` for the derivation of the one member, and what it allocates. */
function evaluate(folder) {
  const generated = `(import (/. + ${JSON.stringify(`${folder}/nix/Cargo.nix`)})`
  const script = `. scripts/nix-environment
    exec nix-instantiate --eval --readonly-mode --expr "$0 { pkgs = $PACKAGE_SET; }).packages.root.drvPath"`
  const child = spawnSync('sh', ['-ec', script, generated], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, NIX_SHOW_STATS: '1' },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const seconds = /"cpuTime": ([0-9.]+)/.exec(child.stderr)
  const bytes = /"totalBytes": ([0-9]+)/.exec(child.stderr)
  if (child.status !== 0 || seconds === null || bytes === null) throw new Error(child.stderr)
  return `${Number(seconds[1]).toFixed(2)} s, ${Math.round(Number(bytes[1]) / 1e6)} MB allocated`
}

function report(title, what, args, sizes, prefix = '') {
  const seconds = sizes.map((size) => measure(join(root, `${prefix}${size}`), args))
  const each = seconds.map((time, index) => (time / sizes[index]) * 1000)
  const figures = sizes.map((size, index) => `${size} ${what} ${seconds[index].toFixed(2)} s`)
  console.log(`${title}: ${figures.join(', ')}; time for each ${(each.at(-1) / each[0]).toFixed(2)} times`)
}

function mkdirAt(path) {
  mkdirSync(path, { recursive: true })
  return path
}
