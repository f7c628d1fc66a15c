// warm-shell.mjs [--warm-only] [NAME@VERSION | DIRECTORY ...]: cargo in a warm shell against plain cargo, each from an empty target
// directory. With --warm-only, plain cargo builds nothing.
//
// Prints for `build` and `check` wall and CPU seconds, calls that were answered from the store and those that were not, and the size of
// the target directory; then what the index holds, and how many units it has beyond those of `packages` and `tests`. Then, in
// the same target directory: a second build, `test --no-run`, `clippy --all-targets`, `doc`, and a build by plain cargo.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const { values: flags, positionals } = parseArgs({
  options: { 'warm-only': { type: 'boolean', default: false } },
  allowPositionals: true,
})
const wanted = positionals.length > 0 ? positionals : ['ripgrep@14.1.1', 'just@1.40.0', 'bat@0.26.1']
const cache =
  process.env.CARGO2NIX_TEST_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cargo2nix-ts')
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
const linesOf = (text) => text.split('\n').filter((line) => line !== '')

/** Wall and CPU seconds of cargo, and what the wrapper did. */
function timed(args, cwd, env) {
  const log = join(tmpdir(), `warm-shell-${process.pid}`)
  writeFileSync(log, '')
  const script = 'TIMEFORMAT="TIMED %R %U %S"; time "$@"'
  const all = { ...env, WARM_RUSTC_LOG: log }
  const { stderr } = spawnSync('bash', ['-c', script, 'bash', 'cargo', ...args], {
    cwd,
    env: all,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const times = /TIMED (\S+) (\S+) (\S+)/.exec(stderr)
  if (times === null || /^error/m.test(stderr)) throw new Error(`cargo ${args.join(' ')}:\n${stderr}`)
  const calls = linesOf(readFileSync(log, 'utf8'))
  rmSync(log)
  const count = (kind) => calls.filter((line) => line.startsWith(`${kind} `))
  const [wall, user, system] = times.slice(1).map(Number)
  const compiled = new Set([...stderr.matchAll(/^ *(?:Compiling|Checking) (\S+)/gm)].map(([, name]) => name))
  return {
    wall,
    cpu: user + system,
    hits: count('hit').length,
    misses: count('miss'),
    plain: count('plain').length,
    compiled,
  }
}

const seconds = ({ wall, cpu }) => `${wall.toFixed(1)} s (CPU ${cpu.toFixed(1)})`
const calls = ({ hits, misses, plain }) => `${hits} hits, ${misses.length} misses, ${plain} of members`
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`
const sizeOf = (folder) => Number(outputOf('du', ['-sb', folder]).split('\t')[0])

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

/** Units that only the index has. */
function unitsBeyond(shell, others) {
  const derivations = (expression) => {
    const drvs = linesOf(
      outputOf('nix-instantiate', ['--expr', expression], {
        env: nixEnvironment,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )
    const closure = linesOf(
      outputOf('nix-store', ['--query', '--requisites', ...drvs], { env: nixEnvironment }),
    )
    return closure.filter((path) =>
      /^[^-]*-(?:opt-)?(?:lib|macro|build-script|build-run|run)-.*\.drv$/.test(basename(path)),
    )
  }
  const known = new Set(derivations(others))
  const all = derivations(shell)
  return `${all.filter((path) => !known.has(path)).length} of ${all.length}`
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
    const shell = `${cargo('')}.shell.override { warm = true; }`
    const bash = linesOf(
      outputOf('nix-build', ['--no-out-link', '--expr', `(${nixEnvironment.PACKAGE_SET}).bash`], {
        env: nixEnvironment,
      }),
    )[0]
    const entered = outputOf('nix-shell', ['--expr', shell, '--run', 'env -0'], {
      cwd: workspace,
      env: { ...nixEnvironment, NIX_BUILD_SHELL: `${bash}/bin/bash` },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const inShell = variablesOf(entered)
    const target = (name) => ({ ...inShell, CARGO_TARGET_DIR: join(folder, name) })
    const plain = (name) => ({ ...target(name), RUSTC_WRAPPER: '' })
    for (const command of ['build', 'check']) {
      const args = [command, '--locked', '--workspace']
      const alone = flags['warm-only'] ? undefined : timed(args, workspace, plain(`plain-${command}`))
      const warm = timed(args, workspace, target(`warm-${command}`))
      const size = (name) => megabytes(sizeOf(join(folder, `${name}-${command}`)))
      const before = alone === undefined ? '' : `cargo ${seconds(alone)}, target/ ${size('plain')}; `
      console.log(
        `${each} ${command}: ${before}warm ${seconds(warm)}, ${calls(warm)}, target/ ${size('warm')}`,
      )
      for (const miss of warm.misses) console.log(`  ${miss}`)
    }
    for (const args of [
      ['build'],
      ['test', '--no-run'],
      ['clippy', '--all-targets'],
      ['doc', '--no-deps'],
      ['doc'],
    ]) {
      // Some deny lints that a newer clippy has more of.
      const lints = args[0] === 'clippy' ? ['--', '--cap-lints', 'warn'] : []
      const then = timed([...args, '--locked', '--workspace', ...lints], workspace, target('warm-build'))
      console.log(`${each} then ${args.join(' ')}: ${seconds(then)}, ${calls(then)}`)
      for (const miss of then.misses) console.log(`  ${miss}`)
    }
    const outside = timed(['build', '--locked', '--workspace'], workspace, plain('warm-build'))
    console.log(
      `${each} then build by plain cargo: compiles ${[...outside.compiled].join(', ') || 'nothing'}`,
    )
    const index = inShell.RUSTC_WRAPPER.replace(/\/bin\/[^/]*$/, '')
    const closure = linesOf(
      outputOf('nix-store', ['--query', '--requisites', index], { env: nixEnvironment }),
    )
    const sizes = linesOf(outputOf('nix-store', ['--query', '--size', ...closure], { env: nixEnvironment }))
    const others = `let cargo = ${cargo('profile = "dev";')}; in builtins.attrValues cargo.packages ++ builtins.attrValues cargo.tests`
    console.log(
      `${each} index: closure ${megabytes(sizes.reduce((sum, size) => sum + Number(size), 0))} in ${closure.length} paths; units beyond packages and tests: ${unitsBeyond(shell, others)}`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
