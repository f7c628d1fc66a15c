/** Bundles cargo2nix-ts once before any test runs: tests start `dist/cli.js`, which is what users run. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Vitest's global setup. A build that fails only leaves the tests that start the program without one. */
export function setup(): void {
  if (isCurrent()) return
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) console.error(`dist/ could not be built:\n${stderr}`)
}

function filesIn(directory: string): readonly string[] {
  const names = readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
  return names.map((name) => join(directory, name))
}

function isCurrent(): boolean {
  const program = join(root, 'dist', 'cli.js')
  if (!existsSync(program)) return false
  const built = statSync(program).mtimeMs
  const sources = [
    'package.json',
    join('scripts', 'build.mjs'),
    join('scripts', 'bundle-runtime.mjs'),
    ...['src', 'templates'].flatMap(filesIn),
  ]
  return sources.every((name) => statSync(join(root, name)).mtimeMs <= built)
}
