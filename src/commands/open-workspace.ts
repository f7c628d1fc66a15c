/** Shared by all commands: opens the workspace and resolves the targets that the flags name. */
import type { CargoWorkspace } from '../cargo/workspace/workspace.ts'
import { readLocalWorkspace, type OpenedWorkspace } from '../io/workspace/read-workspace.ts'
import { resolveTargetName } from '../nix/platform/platform.ts'
import type { Report } from './outcome.ts'

export interface WorkspaceFlags {
  readonly manifestPath?: string
  readonly target?: readonly string[]
  readonly offline?: boolean
  readonly verbose?: boolean
}

/**
 * Reads the workspace as far as it is in its own directories.
 *
 * @param configuration which part of cargo's configuration applies: what every checkout has, or all that
 *   cargo would read
 * @throws Cargo2NixError for everything in it that cargo would not accept.
 */
export function openWorkspace(
  flags: WorkspaceFlags,
  report: Report,
  configuration: 'shared' | 'everything' = 'shared',
): OpenedWorkspace {
  report('reading the workspace')
  return readLocalWorkspace({
    ...(flags.manifestPath === undefined ? {} : { manifestPath: flags.manifestPath }),
    cwd: process.cwd(),
    env: process.env,
    configuration,
    offline: flags.offline === true,
    ...(flags.target === undefined ? {} : { targets: flags.target }),
    onProgress: report,
  })
}

/**
 * Names the settings of this machine that are ignored, never their values; one line for standard error, or
 * none.
 */
export function notesOnLeftAside({ leftAside }: OpenedWorkspace): readonly string[] {
  if (leftAside.length === 0) return []
  const files = leftAside.filter(({ kind }) => kind === 'file')
  const variables = leftAside.filter(({ kind }) => kind === 'variable')
  const parts = [
    ...files.map(({ name, keys }) =>
      keys.length === 0 ? name : `${keys.map((key) => `\`${key}\``).join(', ')} in ${name}`,
    ),
    ...(variables.length === 0
      ? []
      : [`the environment variable ${variables.map(({ name }) => `\`${name}\``).join(', ')}`]),
  ]
  const guesses = files.filter(({ isGuess }) => isGuess === true)
  return [
    `note: ignored, since other checkouts do not have it: ${parts.join('; ')} ` +
      '(only configuration in the repository counts, and variables that `environment` in [workspace.metadata.cargo2nix] names)',
    ...guesses.map(
      ({ name }) =>
        `note: a .gitignore may name ${name}, and there is no .git to say whether git tracks it: ` +
        'generate in a checkout, or remove the line from .gitignore',
    ),
  ]
}

/** Warnings, as lines for standard error. */
export function warningsOf({ warnings }: Pick<CargoWorkspace, 'warnings'>): readonly string[] {
  return warnings.map((warning) => `warning: ${warning}`)
}

export interface ResolvedTargets {
  readonly targets: readonly string[]
  readonly notes: readonly string[]
}

/**
 * Rust triples for Rust or Nix platform names, without duplicates; each translation is noted.
 *
 * @throws Cargo2NixError `unknown-target`, with the nearest names.
 */
export function resolveTargets(
  names: readonly string[],
  resolve: typeof resolveTargetName = resolveTargetName,
): ResolvedTargets {
  const resolved = names.map(resolve)
  const notes = resolved.flatMap(({ note }) => (note === undefined ? [] : [`note: ${note}`]))
  return { targets: [...new Set(resolved.map(({ triple }) => triple))], notes }
}
