// What npm runs once it has installed a checkout (`npm ci`), and twice for `npm install -g git+…`, in a clone that it makes.
// The npm that a global npm starts in its clone takes itself for global, too: it installs no dependencies there, and where
// the package is to be, it puts a link to the clone, which will be gone.
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'

function npm(...args) {
  const { npm_config_global: _, npm_config_location: __, ...env } = process.env
  const { status } = spawnSync('npm', args, { stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}

/** The outer npm, which comes second, wants a directory to unpack into. */
function replaceLink(prefix) {
  const link = join(prefix, 'lib', 'node_modules', 'cargo2nix-ts')
  const isLink = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true
  if (!isLink || realpathSync(link) !== realpathSync('.')) return
  rmSync(link)
  mkdirSync(link)
}

const { npm_config_global: isGlobal, npm_config_global_prefix: prefix } = process.env
const isFirst = !existsSync('node_modules/esbuild')
if (isFirst) npm('ci', '--ignore-scripts', '--no-audit', '--no-fund')
npm('run', 'build')
// Not for `npm link` in a checkout.
const isClone = /_cacache.tmp.git-clone/.test(process.cwd())
if (isGlobal === 'true' && prefix && isClone && !isFirst) replaceLink(prefix)
