/**
 * The files that `init` adds to a workspace, as text.
 *
 * In: templates, and what is known about the workspace. Out: files by path relative to its root.
 */
import { printAttributeName } from '../render/print.ts'

/** Where a flake gets this program. */
export const TOOL_FLAKE = 'github:cargo2nix-ts/cargo2nix-ts'

export type Forge = 'github' | 'gitlab' | 'forgejo' | 'woodpecker'

/** Where each forge looks for its CI configuration. */
export const FORGE_FILES: Readonly<Record<Forge, string>> = {
  github: '.github/workflows/nix.yml',
  gitlab: '.gitlab-ci.yml',
  forgejo: '.forgejo/workflows/nix.yml',
  woodpecker: '.woodpecker/nix.yml',
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

/** The file for a forge, with the tool's flake filled in. */
export function forgeText(template: string): string {
  return template.replaceAll('@flake@', TOOL_FLAKE)
}

/** For users without flakes: the program, or if there are several, everything that Cargo.nix offers. */
export function defaultNixText(program: string | undefined): string {
  const cargo = 'import ./nix/Cargo.nix { inherit pkgs; }'
  const value = program === undefined ? cargo : `(${cargo}).packages.${printAttributeName(program)}`
  return `{\n  pkgs ? import <nixpkgs> { },\n}:\n${value}\n`
}
