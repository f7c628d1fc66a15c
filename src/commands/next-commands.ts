/** What to type after `init`: from there to a green check. */
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { WorkTree } from '../io/git/work-tree.ts'
import { FORGE_FILES, forgeOf } from '../nix/jobs/project-files.ts'
import { shellWord } from '../shell-word.ts'

interface Done {
  readonly root: string
  /** The member that is built by default. */
  readonly program: string | undefined
  /** The file that requests a Rust toolchain, unless one is pinned. */
  readonly toolchain: string | undefined
  readonly workTree: WorkTree | undefined
  readonly nixFile: string
  /** It was there before. */
  readonly isKept: boolean
  /** Directory of the generated files, relative to the root. */
  readonly generatedAt: string
  /** For CI; relative to the root. */
  readonly ciFiles: readonly string[]
}

/** Commands for a shell in the current directory. */
export function nextCommands(done: Done): readonly string[] {
  const { root, toolchain, workTree, ciFiles } = done
  const place = relative(process.cwd(), root)
  return [
    ...(place === '' ? [] : [`cd ${shellWord(place)}`]),
    ...(toolchain === undefined ? [] : [`cargo2nix-ts toolchain update   # pins what ${toolchain} requests`]),
    ...(workTree === undefined ? [] : gitCommands(workTree, done)),
    ...buildCommands(done),
    ...(ciFiles.length > 0 || workTree === undefined ? [] : ciCommands(root, workTree)),
  ]
}

/** In a repository, a flake has only the files that git tracks. */
function gitCommands({ tracks, ignores }: WorkTree, done: Done): readonly string[] {
  const { generatedAt, nixFile, ciFiles } = done
  const isNew = !tracks('Cargo.toml')
  const hasLock = tracks('Cargo.lock')
  // Libraries often ignore it.
  const lockIsIgnored = !hasLock && ignores('Cargo.lock')
  const lock = isNew || lockIsIgnored || hasLock ? [] : ['Cargo.lock']
  const added = [...(isNew ? ['.'] : [generatedAt, nixFile, ...lock]), ...ciFiles]
  return [
    `git add ${added.map(shellWord).join(' ')}`,
    ...(lockIsIgnored ? ['git add --force Cargo.lock'] : []),
  ]
}

function buildCommands({ root, program, nixFile, isKept, generatedAt }: Done): readonly string[] {
  const isFlake = nixFile === 'flake.nix'
  const check = isFlake ? ['nix flake check'] : []
  if (isKept && !textOf(join(root, nixFile)).includes('Cargo.nix'))
    return [
      `# add to ${nixFile}: (import ./${generatedAt}/Cargo.nix { inherit pkgs; }).packages, and .checks and .shell of it`,
      ...check,
    ]
  const build = isFlake
    ? `nix build${program === undefined ? ' .#MEMBER' : ''}`
    : `nix-build${program === undefined ? ' --attr packages.MEMBER' : ''}`
  return [build, ...check]
}

/** Empty for what is not a file, such as a link that leads nowhere. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The configuration for the forge that the remote names, unless there is one. */
function ciCommands(root: string, { remote, top }: WorkTree): readonly string[] {
  const forge = remote === undefined ? undefined : forgeOf(remote)
  if (forge === undefined) return []
  return existsSync(join(root, top, FORGE_FILES[forge][0].path))
    ? []
    : [`cargo2nix-ts init --ci ${forge} --flake-ref REF`]
}
