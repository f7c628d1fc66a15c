/**
 * The files that `init` adds to a workspace, as text.
 *
 * In: templates, and what is known about the workspace. Out: files by path relative to its root.
 */
import { shellWord } from '../../shell-word.ts'
import { printAttributeName, printString } from '../render/print.ts'

/** Where CI gets this program, until the user fills it in: the program cannot know where it was published. */
export const UNKNOWN_FLAKE = 'REF'

export type Forge = 'github' | 'gitlab' | 'forgejo' | 'woodpecker'

/** A file for a forge. */
export interface ForgeFile {
  /** Relative to the repository's root. */
  readonly path: string
  /** Below `nix/templates`. */
  readonly template: string
  /** Only for workspaces that have releases. */
  readonly isForReleases?: boolean
}

/** The CI configuration of each forge, the main file first. */
export const FORGE_FILES: Readonly<Record<Forge, readonly [ForgeFile, ...(readonly ForgeFile[])]>> = {
  github: [{ path: '.github/workflows/nix.yml', template: 'ci/github.yml' }],
  gitlab: [{ path: '.gitlab-ci.yml', template: 'ci/gitlab.yml' }],
  forgejo: [{ path: '.forgejo/workflows/nix.yml', template: 'ci/forgejo.yml' }],
  // Its matrix is part of the file, and belongs to all of its steps.
  woodpecker: [
    { path: '.woodpecker/nix.yml', template: 'ci/woodpecker.yml' },
    { path: '.woodpecker/targets.yml', template: 'ci/woodpecker-targets.yml' },
    { path: '.woodpecker/release.yml', template: 'ci/woodpecker-release.yml', isForReleases: true },
  ],
}

export function isForge(name: string): name is Forge {
  return Object.hasOwn(FORGE_FILES, name)
}

/** The forge that a remote's URL names; undefined for an unknown one. */
export function forgeOf(remote: string): Forge | undefined {
  const host = /^(?:[\w+.-]+:\/\/)?(?:[^@/]*@)?([^/:]+)/.exec(remote)?.[1]?.toLowerCase() ?? ''
  if (host === 'github.com') return 'github'
  if (/(?:^|\.)gitlab\./.test(host)) return 'gitlab'
  // Gitea reads GitHub's files, and its runners have GitHub's labels.
  if (/gitea/.test(host)) return 'github'
  return host === 'codeberg.org' || /forgejo/.test(host) ? 'forgejo' : undefined
}

export interface FlakeFacts {
  /** The member to build by default. */
  readonly program: string | undefined
  /** Directory of the generated files, relative to the root. */
  readonly generatedAt: string
  /** Nix's names of the build platforms. */
  readonly systems: readonly string[]
}

/** A flake for any workspace, from the template. */
export function flakeText(template: string, { program, generatedAt, systems }: FlakeFacts): string {
  const packages =
    program === undefined
      ? 'cargo.packages'
      : `cargo.packages // { default = cargo.packages.${printAttributeName(program)}; }`
  return template
    .replace(/cargo\.packages \/\/ \{ default = cargo\.packages\.hello; \}/, () => packages)
    .replace('./nix/Cargo.nix', () => cargoNix(generatedAt))
    .replace(/systems = \[\n[^\]]*\]/, () => `systems = ${systemsList(systems)}`)
}

export interface ForgeFacts {
  /** A flake reference to this program. */
  readonly flake: string
  /** The workspace's path in the repository; empty for its root. */
  readonly directory: string
  /** What runners of x86_64-linux build. */
  readonly targets: readonly string[]
  readonly hasReleases: boolean
}

/** The file for a forge, with the tool's flake, the targets, and what a tag builds of each filled in. */
export function forgeText(
  forge: Forge,
  template: string,
  { flake, directory, targets, hasReleases }: ForgeFacts,
): string {
  return inDirectory(forge, template, directory)
    .replaceAll('@flake@', () => flake)
    .replace(/^ *- '@targets@'$/m, () => targets.map((target) => `    - ${target}`).join('\n'))
    .replaceAll('@released@', () => (hasReleases ? 'release."${TARGET}"' : 'targets."${TARGET}".packages'))
}

/** Jobs start in the repository's root: has them work in the workspace's directory. */
function inDirectory(forge: Forge, template: string, directory: string): string {
  if (directory === '') return template
  const text = JSON.stringify(directory)
  if (forge === 'gitlab')
    return template
      .replace(
        /^  image: .*\n/m,
        (line) => `${line}  before_script:\n    - ${JSON.stringify(changeTo(directory))}\n`,
      )
      .replace('paths: [jobs.yml]', () => `paths: [${JSON.stringify(`${directory}/jobs.yml`)}]`)
      .replace('artifact: jobs.yml', () => `artifact: ${JSON.stringify(`${directory}/jobs.yml`)}`)
  if (forge === 'woodpecker')
    return template.replaceAll(/^    image: .*\n/gm, (line) => `${line}    directory: ${text}\n`)
  return template.replace(
    /^jobs:\n/m,
    (line) => `defaults:\n  run:\n    working-directory: ${text}\n\n${line}`,
  )
}

/** For a shell. */
export function changeTo(directory: string): string {
  return `cd ${shellWord(directory)}`
}

function systemsList(systems: readonly string[]): string {
  const printed = systems.map(printString)
  if (printed.length === 1) return `[ ${printed.join()} ]`
  return `[\n${printed.map((each) => `        ${each}\n`).join('')}      ]`
}

/** The generated file, as a Nix path relative to the root. */
function cargoNix(generatedAt: string): string {
  const path = `./${generatedAt}/Cargo.nix`
  return /^[\w./+-]+$/.test(path) ? path : `(./. + ${printString(`/${generatedAt}/Cargo.nix`)})`
}

/** For users without flakes: the program, or if there are several, everything that Cargo.nix offers. */
export function defaultNixText(program: string | undefined, generatedAt: string): string {
  const cargo = `import ${cargoNix(generatedAt)} { inherit pkgs; }`
  const value = program === undefined ? cargo : `(${cargo}).packages.${printAttributeName(program)}`
  return `{\n  pkgs ? import <nixpkgs> { },\n}:\n${value}\n`
}
