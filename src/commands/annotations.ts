/**
 * Tells CI systems which files are stale.
 *
 * GitHub and Forgejo (which also sets GitHub's variables) read workflow commands from the output of a step.
 * GitLab reads a code quality report that a job keeps as an artifact. Paths are relative to the repository's
 * checkout.
 */
import { createHash } from 'node:crypto'
import { isAbsolute, relative } from 'node:path'

export interface StaleFile {
  /** Absolute. */
  readonly path: string
  readonly message: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Lines that GitHub and Forgejo show next to the file; empty elsewhere. */
export function annotationsFor(files: readonly StaleFile[], env: Environment): readonly string[] {
  const runsActions = [env['GITHUB_ACTIONS'], env['FORGEJO_ACTIONS'], env['GITEA_ACTIONS']].includes('true')
  if (!runsActions) return []
  const checkout = env['GITHUB_WORKSPACE'] ?? process.cwd()
  return files.map(({ path, message }) => {
    const file = escapeProperty(inCheckout(path, checkout))
    return `::error file=${file},line=1,title=cargo2nix-ts::${escapeMessage(message)}`
  })
}

/** Where GitLab's documentation tells jobs to leave the report; undefined outside of GitLab. */
export function defaultReport(env: Environment): string | undefined {
  return env['GITLAB_CI'] === 'true'
    ? `${env['CI_PROJECT_DIR'] ?? '.'}/gl-code-quality-report.json`
    : undefined
}

/**
 * The report, in the subset of Code Climate's format that GitLab reads; an empty list if nothing is stale.
 */
export function codeQualityReport(files: readonly StaleFile[], checkout: string): string {
  const issues = files.map(({ path, message }) => {
    const place = inCheckout(path, checkout)
    return {
      description: message,
      check_name: 'cargo2nix-ts-stale',
      fingerprint: createHash('sha256').update(`cargo2nix-ts-stale ${place}`).digest('hex'),
      severity: 'major',
      location: { path: place, lines: { begin: 1 } },
    }
  })
  return `${JSON.stringify(issues, undefined, 2)}\n`
}

function inCheckout(path: string, checkout: string): string {
  const place = relative(checkout, path)
  return place.startsWith('..') || isAbsolute(place) ? path : place
}

/** Escapes text for a workflow command, as GitHub's own toolkit does. */
function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
