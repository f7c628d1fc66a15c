// first-build.mjs [NAME@VERSION...] [--runs N]: building everything from nothing by nix-build against `cargo build --release`.
//
// Both have all crates downloaded and unpacked, and run in turn, so that whatever else the machine does falls on both. A
// `--cfg` that is another one in each pair makes all units new to both. Prints wall and CPU time of each pair and their
// ratios; CPU time is the one to trust on a machine that does other things, too.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '3' } },
  allowPositionals: true,
})
const wanted = positionals.length > 0 ? positionals : ['ripgrep@14.1.1', 'just@1.40.0', 'bat@0.26.1']
const cache =
  process.env.CARGO2NIX_TEST_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cargo2nix-ts')
const nixEnvironment = Object.fromEntries(
  execFileSync('sh', ['-ec', '. scripts/nix-environment; env -0'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
)

/** Wall and CPU seconds of a command. */
function timed(command, args, options) {
  const script = 'TIMEFORMAT="TIMED %R %U %S"; time "$@" >/dev/null 2>"$0"'
  const said = execFileSync('bash', ['-c', `{ ${script}; } 2>&1`, '/dev/null', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    ...options,
  })
  const [wall, user, system] = /TIMED (\S+) (\S+) (\S+)/.exec(said).slice(1).map(Number)
  return { wall, cpu: user + system }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
const show = ({ wall, cpu }) => `${wall.toFixed(1)} s (CPU ${cpu.toFixed(1)} s)`

for (const each of wanted) {
  const [name, version] = each.split('@')
  const published = join(cache, 'published', `${name}-${version}`)
  if (!existsSync(published)) {
    execFileSync(join(root, 'scripts', 'fetch-published'), [name, version, published], { stdio: 'inherit' })
  }
  const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-bench-'))
  try {
    const workspace = join(folder, name)
    cpSync(published, workspace, { recursive: true })
    execFileSync(process.execPath, [join(root, 'dist', 'cli.js'), 'generate'], {
      cwd: workspace,
      stdio: 'ignore',
    })
    const ratios = { wall: [], cpu: [] }
    for (let run = 0; run < Number(values.runs); run++) {
      const cfg = `pair_${process.pid}_${run}`
      const expression = (more, attribute) =>
        `(import ${workspace}/nix/Cargo.nix { pkgs = ${nixEnvironment.PACKAGE_SET}; ${more} }).${attribute}`
      const nix = (text) => ['--no-out-link', '--max-jobs', 'auto', '--expr', text]
      if (run === 0) {
        const sources = expression('', 'crates')
        execFileSync(
          'nix-build',
          nix(
            `map (crate: crate.src) (builtins.filter (crate: builtins.isAttrs crate.src) (builtins.attrValues (${sources})))`,
          ),
          {
            env: nixEnvironment,
            stdio: 'ignore',
          },
        )
      }
      const ours = timed(
        'nix-build',
        nix(expression(`extraRustcFlags = [ "--cfg" "${cfg}" ];`, `packages.${name}`)),
        { env: nixEnvironment },
      )
      const theirs = timed('cargo', ['build', '--release', '--locked'], {
        cwd: workspace,
        env: { ...process.env, RUSTFLAGS: `--cfg ${cfg}`, CARGO_TARGET_DIR: join(folder, cfg) },
      })
      rmSync(join(folder, cfg), { recursive: true, force: true })
      ratios.wall.push(ours.wall / theirs.wall)
      ratios.cpu.push(ours.cpu / theirs.cpu)
      console.log(`${each}: nix-build ${show(ours)}, cargo build ${show(theirs)}`)
    }
    console.log(
      `${each}: ratio ${median(ratios.wall).toFixed(2)}, of CPU time ${median(ratios.cpu).toFixed(2)}`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
