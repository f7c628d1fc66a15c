/**
 * The files that `init` adds to a workspace, as text.
 *
 * In: templates, and what is known about the workspace. Out: files by path relative to its root.
 */
import { printAttributeName } from '../render/print.ts'

/** Where a flake gets this program. */
export const TOOL_FLAKE = 'github:cargo2nix-ts/cargo2nix-ts'

export type Forge = 'github' | 'gitlab' | 'forgejo' | 'woodpecker'

/** A file for a forge. */
export interface ForgeFile {
  /** Relative to the workspace's root. */
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
  return host === 'codeberg.org' || /forgejo|gitea/.test(host) ? 'forgejo' : undefined
}

/** A flake for any workspace, from the template; `program` is the member to build by default. */
export function flakeText(template: string, program: string | undefined): string {
  const packages =
    program === undefined
      ? 'cargo.packages'
      : `cargo.packages // { default = cargo.packages.${printAttributeName(program)}; }`
  return template.replace(/cargo\.packages \/\/ \{ default = cargo\.packages\.hello; \}/, () => packages)
}

export interface ForgeFacts {
  /** What runners of x86_64-linux build. */
  readonly targets: readonly string[]
  readonly hasReleases: boolean
}

/** The file for a forge, with the tool's flake, the targets, and what a tag builds of each filled in. */
export function forgeText(template: string, { targets, hasReleases }: ForgeFacts): string {
  return template
    .replaceAll('@flake@', TOOL_FLAKE)
    .replace(/^ *- '@targets@'$/m, () => targets.map((target) => `    - ${target}`).join('\n'))
    .replaceAll('@released@', () => (hasReleases ? 'release."${TARGET}"' : 'targets."${TARGET}".packages'))
}

/** For users without flakes: the program, or if there are several, everything that Cargo.nix offers. */
export function defaultNixText(program: string | undefined): string {
  const cargo = 'import ./nix/Cargo.nix { inherit pkgs; }'
  const value = program === undefined ? cargo : `(${cargo}).packages.${printAttributeName(program)}`
  return `{\n  pkgs ? import <nixpkgs> { },\n}:\n${value}\n`
}
