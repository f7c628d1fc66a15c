/** `release plan`: what a release would consist of. Evaluates Cargo.nix, and builds nothing. */
import { dirname, join, relative } from 'node:path'
import * as z from 'zod/mini'
import { Cargo2NixError } from '../errors.ts'
import { evaluateNix } from '../io/evaluate-nix.ts'
import { releasedRevision, type ReleasedRevision } from '../io/git/released-revision.ts'
import { printString } from '../nix/render/print.ts'
import { shellWord } from '../shell-word.ts'
import { DEFAULT_PKGS, findGenerated, importGenerated } from './find-generated.ts'
import type { CommandOutcome, Report } from './outcome.ts'
import { toTable } from './table.ts'

export interface PlanFlags {
  readonly ref?: string
  readonly manifestPath?: string
  readonly out?: string
  readonly pkgs?: string
}

const Plan = z.looseObject({
  name: z.string(),
  version: z.string(),
  class: z.string(),
  ref: z.nullable(z.string()),
  commit: z.nullable(z.string()),
  artefacts: z.array(
    z.looseObject({ triple: z.nullable(z.string()), kind: z.string(), format: z.string(), path: z.string() }),
  ),
})

/**
 * Prints version, class and artefacts, and the command that builds them.
 *
 * @throws Cargo2NixError `file-missing`, `bad-settings` without the settings of releases, `nix-failed`
 */
export async function planRelease(flags: PlanFlags, report: Report): Promise<CommandOutcome> {
  const directory = findGenerated(flags.manifestPath, flags.out)
  const revision = await releasedRevision(dirname(directory), flags.ref)
  const file = join(directory, 'Cargo.nix')
  const pkgs = flags.pkgs ?? DEFAULT_PKGS
  report('evaluating')
  const value = await evaluateNix(expressionOf(file, pkgs, revision), 'what would be released')
  if (value === null) throw withoutRelease(file)
  const plan = z.parse(Plan, value)
  const { name, version, class: className, ref, commit, artefacts } = plan
  const rows = artefacts.map(({ triple, kind, format, path }) => ({
    target: triple ?? 'all',
    kind,
    format,
    path,
  }))
  const lines = [
    `${name} ${version}`,
    `class:  ${className}`,
    `commit: ${commit ?? 'unknown'}`,
    '',
    toTable(rows),
    '',
    'Build it with:',
    `  ${buildCommand(relative(process.cwd(), file), pkgs, { ref, commit })}`,
  ]
  return { output: lines.join('\n'), notes: revision.notes, exitCode: 0, result: plan }
}

type Built = Pick<ReleasedRevision, 'ref' | 'commit'>

function expressionOf(file: string, pkgs: string, { ref, commit }: Built): string {
  const nix = (text: string | null): string => (text === null ? 'null' : printString(text))
  const outputs = importGenerated(file, pkgs, `releaseRef = ${nix(ref)}; releaseCommit = ${nix(commit)};`)
  return `(${outputs}).release.plan or null`
}

function buildCommand(file: string, pkgs: string, { ref, commit }: Built): string {
  const given = (name: string, value: string | null): readonly string[] =>
    value === null ? [] : ['--argstr', name, shellWord(value)]
  const args = [
    '--arg',
    'pkgs',
    shellWord(pkgs),
    ...given('releaseRef', ref),
    ...given('releaseCommit', commit),
  ]
  return ['nix-build', shellWord(file), ...args, '-A', 'release.all'].join(' ')
}

function withoutRelease(path: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-settings',
    path,
    message: 'it has no release',
    hint: 'add a table [workspace.metadata.cargo2nix.release] to Cargo.toml, which may be empty, and run `cargo2nix-ts generate`',
  })
}
