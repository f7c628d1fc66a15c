// warm-shell.mjs [--warm-only] [--lazy] [--entry] [--only build,check] [NAME@VERSION | DIRECTORY ...]: cargo in a warm shell against plain
// cargo, each from an empty target directory. With --warm-only, plain cargo builds nothing. With --lazy, the shell has what the
// store has already: for a workspace whose tests have a dependency that does not compile.
//
// Prints for `build` and `check` wall and CPU seconds, calls that were answered from the store and those that were not, and the size of
// the target directory; then what the index holds, and how many units it has beyond those of `packages` and `tests`. Then, in
// the same target directory: a second build, the edit of a member, tests, clippy, documentation, a run, and a build by plain cargo.
// With --entry, also what the first entry costs: if Nix has to build everything, and from a binary cache in a directory.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const { values: flags, positionals } = parseArgs({
  options: {
    'warm-only': { type: 'boolean', default: false },
    lazy: { type: 'boolean', default: false },
    entry: { type: 'boolean', default: false },
    only: { type: 'string', default: 'build,check,then' },
  },
  allowPositionals: true,
})
const wanted = positionals.length > 0 ? positionals : ['ripgrep@14.1.1', 'just@1.40.0', 'bat@0.26.1']
const cache =
  process.env.CARGO2NIX_TEST_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cargo2nix-ts')
const linesOf = (text) => text.split('\n').filter((line) => line !== '')
const variablesOf = (text) =>
  Object.fromEntries(
    text
      .split('\0')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
const outputOf = (command, args, options = {}) =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28, ...options })
const nixEnvironment = variablesOf(
  outputOf('sh', ['-ec', '. scripts/nix-environment; env -0'], { cwd: root }),
)
const quietly = { env: nixEnvironment, stdio: ['ignore', 'pipe', 'ignore'] }
const closureOf = (paths) => linesOf(outputOf('nix-store', ['--query', '--requisites', ...paths], quietly))

/** Wall and CPU seconds of a command, and what it printed. */
function timed(command, args, options) {
  const script = 'TIMEFORMAT="TIMED %R %U %S"; time "$@"'
  const { stderr } = spawnSync('bash', ['-c', script, 'bash', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...options,
  })
  const times = /TIMED (\S+) (\S+) (\S+)/.exec(stderr)
  if (times === null || /^error/m.test(stderr)) throw new Error(`${command} ${args.join(' ')}:\n${stderr}`)
  const [wall, user, system] = times.slice(1).map(Number)
  return { wall, cpu: user + system, stderr }
}

/** The same of cargo, with what the wrapper did. */
function timedCargo(args, { cwd, env }) {
  const log = join(tmpdir(), `warm-shell-${process.pid}`)
  writeFileSync(log, '')
  const times = timed('cargo', args, { cwd, env: { ...env, WARM_RUSTC_LOG: log } })
  const calls = linesOf(readFileSync(log, 'utf8'))
  rmSync(log)
  const count = (kind) => calls.filter((line) => line.startsWith(`${kind} `))
  const compiled = [...times.stderr.matchAll(/^ *(?:Compiling|Checking) (\S+)/gm)].map(([, name]) => name)
  return {
    ...times,
    hits: count('hit').length,
    misses: count('miss'),
    plain: count('plain').length,
    compiled: [...new Set(compiled)],
  }
}

const seconds = ({ wall, cpu }) => `${wall.toFixed(2)} s (CPU ${cpu.toFixed(2)})`
const calls = ({ hits, misses, plain }) => `${hits} hits, ${misses.length} misses, ${plain} of members`
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`
const sizeOf = (folder) => Number(outputOf('du', ['-sb', folder]).split('\t')[0])

/** Says how a command went, with all misses. */
function report(title, finished, more = '') {
  console.log(`${title}: ${seconds(finished)}, ${calls(finished)}${more}`)
  for (const miss of finished.misses) console.log(`  ${miss}`)
}

function workspaceOf(each, folder) {
  if (!each.includes('@')) {
    cpSync(resolve(each), folder, {
      recursive: true,
      filter: (path) => !['target', '.git'].includes(basename(path)),
    })
    return
  }
  const [name, version] = each.split('@')
  const published = join(cache, 'published', `${name}-${version}`)
  if (!existsSync(published)) {
    execFileSync(join(root, 'scripts', 'fetch-published'), [name, version, published], { stdio: 'inherit' })
  }
  cpSync(published, folder, { recursive: true })
}

/** How many units only the index has. */
function unitsBeyond(shell, others) {
  const derivations = (expression) =>
    closureOf(linesOf(outputOf('nix-instantiate', ['--expr', expression], quietly))).filter((path) =>
      /^[^-]*-(?:opt-)?(?:build-)?(?:lib|macro|script|run)-.*\.drv$/.test(basename(path)),
    )
  const known = new Set(derivations(others))
  const all = derivations(shell)
  return `${all.filter((path) => !known.has(path)).length} of ${all.length}`
}

/** From an empty target directory. */
function compare(command, { each, workspace, target, plain }) {
  const args = [command, '--locked', '--workspace']
  const size = (name) => megabytes(sizeOf(join(workspace, '..', `${name}-${command}`)))
  let before = ''
  if (!flags['warm-only']) {
    const alone = timedCargo(args, { cwd: workspace, env: plain(`plain-${command}`) })
    before = `cargo ${seconds(alone)}, target/ ${size('plain')}; `
  }
  const warm = timedCargo(args, { cwd: workspace, env: target(`warm-${command}`) })
  report(`${each} ${command}: ${before}warm`, warm, `, target/ ${size('warm')}`)
}

/** In the target directory of `build`. */
function afterwards({ each, workspace, target, plain }) {
  const metadata = JSON.parse(
    outputOf('cargo', ['metadata', '--no-deps', '--format-version=1', '--locked'], {
      cwd: workspace,
      env: target('warm-build'),
    }),
  )
  const targets = metadata.packages.flatMap((member) => member.targets)
  const library = targets.find(({ kind }) => kind.includes('lib')) ?? targets[0]
  const binary = targets.find(({ kind }) => kind.includes('bin'))
  const isCompiled = (finished) => `; compiles ${finished.compiled.join(', ') || 'nothing'}`
  const then = (title, args, env = target('warm-build')) => {
    const finished = timedCargo(args, { cwd: workspace, env })
    report(`${each} then ${title}`, finished, isCompiled(finished))
  }
  const all = ['--locked', '--workspace']
  then('build', ['build', ...all])
  appendFileSync(library.src_path, '\n// edited\n')
  then(`build after an edit of ${library.name}`, ['build', ...all])
  then('test --no-run', ['test', '--no-run', ...all])
  // Some deny lints that a newer clippy has more of.
  then('clippy --all-targets', ['clippy', '--all-targets', ...all, '--', '--cap-lints', 'warn'])
  then('doc --no-deps', ['doc', '--no-deps', ...all])
  then(`run --bin ${binary.name}`, ['run', '--locked', '--bin', binary.name, '--', '--version'])
  then('build by plain cargo', ['build', ...all], plain('warm-build'))
}

/** What the index holds. */
function indexFigures({ each, index, shell, cargo }) {
  const closure = closureOf([index])
  const sizes = linesOf(outputOf('nix-store', ['--query', '--size', ...closure], quietly)).map(Number)
  const kinds = new Map()
  for (const [at, path] of closure.entries()) {
    const [kind] = /^(?:opt-)?(?:build-)?(?:lib|macro|script|run)(?=-)|$/.exec(basename(path).slice(33))
    kinds.set(kind || 'other', (kinds.get(kind || 'other') ?? 0) + sizes[at])
  }
  const parts = [...kinds].toSorted((a, b) => b[1] - a[1]).map(([kind, size]) => `${kind} ${megabytes(size)}`)
  const total = megabytes(sizes.reduce((sum, size) => sum + size, 0))
  const others = `let cargo = ${cargo('profile = "dev";')}; in builtins.attrValues cargo.packages ++ builtins.attrValues cargo.tests`
  console.log(`${each} index: closure ${total} in ${closure.length} paths (${parts.join(', ')})`)
  console.log(`${each} units beyond packages and tests: ${unitsBeyond(shell, others)}`)
}

/** Of the shell's own environment: what is to be built or fetched before it opens. */
function entryCosts({ each, folder, shellOf, index }) {
  const build = (title, shell) => {
    const args = ['--no-out-link', '--max-jobs', 'auto', '--expr', `(${shell}).inputDerivation`]
    console.log(`${each} ${title}: ${seconds(timed('nix-build', args, { env: nixEnvironment }))}`)
  }
  // Makes all units new to Nix; sources and tools are there.
  const flag = `extraRustcFlags = [ "--cfg" "entry_${process.pid}" ];`
  build('first entry, lazy', shellOf(flag, 'warm = true; lazy = true;'))
  build('first entry, without a cache', shellOf(flag, 'warm = true;'))
  build('second entry', shellOf(flag, 'warm = true;'))
  const [store, binaries] = [join(folder, 'store'), `file://${join(folder, 'binaries')}`]
  execFileSync(
    'nix',
    [
      '--extra-experimental-features',
      'nix-command',
      'copy',
      '--no-check-sigs',
      '--to',
      `${binaries}?compression=zstd&parallel-compression=true`,
      index,
    ],
    { env: nixEnvironment, stdio: 'ignore' },
  )
  const config = `substituters = ${binaries}\nrequire-sigs = false\nbuild-users-group =\nsandbox = false`
  const fetched = timed(
    'nix-store',
    ['--store', `local?root=${store}`, '--max-jobs', '0', '--realise', index],
    { env: { ...nixEnvironment, NIX_CONFIG: config } },
  )
  const size = megabytes(sizeOf(join(folder, 'binaries')))
  console.log(`${each} first entry, from a cache in a directory: ${seconds(fetched)}, ${size} of zstd`)
  execFileSync('chmod', ['-R', 'u+w', store])
}

for (const each of wanted) {
  const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-bench-'))
  try {
    const workspace = join(folder, 'workspace')
    workspaceOf(each, workspace)
    execFileSync(process.execPath, [join(root, 'dist', 'cli.js'), 'generate'], {
      cwd: workspace,
      stdio: 'ignore',
    })
    const cargo = (more) =>
      `(import (/. + "${workspace}/nix/Cargo.nix") { pkgs = ${nixEnvironment.PACKAGE_SET}; ${more} })`
    const shellOf = (more, options) => `${cargo(more)}.shell.override { ${options} }`
    const shell = shellOf('', `warm = true; lazy = ${flags.lazy};`)
    const args = ['--no-out-link', '--expr', `(${nixEnvironment.PACKAGE_SET}).bash`]
    const [bash] = linesOf(outputOf('nix-build', args, quietly))
    const entered = outputOf('nix-shell', ['--max-jobs', 'auto', '--expr', shell, '--run', 'env -0'], {
      ...quietly,
      cwd: workspace,
      env: { ...nixEnvironment, NIX_BUILD_SHELL: `${bash}/bin/bash` },
    })
    const inShell = variablesOf(entered)
    const target = (name) => ({ ...inShell, CARGO_TARGET_DIR: join(folder, name) })
    const plain = (name) => ({ ...target(name), RUSTC_WRAPPER: '' })
    const index = inShell.RUSTC_WRAPPER.replace(/\/bin\/[^/]*$/, '')
    const work = { each, folder, workspace, target, plain, index, shell, shellOf, cargo }
    const parts = flags.only.split(',')
    for (const command of ['build', 'check'].filter((part) => parts.includes(part))) compare(command, work)
    if (parts.includes('then')) afterwards(work)
    if (!flags.lazy) indexFigures(work)
    if (flags.entry) entryCosts(work)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
