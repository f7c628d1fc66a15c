/**
 * `check`: checks that the directory holds what `generate` would write.
 *
 * The digests in `Cargo.nix` decide: they cover every input of the files, and the files themselves. So
 * packages from registries and git repositories need not be on disk. If they are, `check` reads them to say
 * what changed.
 */
import { join, relative, resolve } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import { compareFiles, filesOf, writeReport, type FileChanges } from '../io/write-files.ts'
import { rulesDigest } from '../rules-digest.ts'
import { programVersion } from '../version.ts'
import { downloadsSetting } from '../nix/render/source-facts.ts'
import { printString } from '../nix/render/print.ts'
import { sourceUrl } from '../cargo/ids/source-id.ts'
import { isSealIntact, sealOf, UNINDEXED } from '../nix/render/seal.ts'
import { writerOf } from '../nix/render/nix-file.ts'
import { PIN_FILE } from '../nix/toolchain/toolchain-pin.ts'
import { fixedFiles } from './fixed-files.ts'
import { annotationsFor, codeQualityReport, defaultReport, type StaleFile } from './annotations.ts'
import {
  changeLine,
  describeChanges,
  describeLockfile,
  isSameToNix,
  type ChangeGroup,
} from './describe-changes.ts'
import { filesToGenerate, isNewerTool, type FilesToGenerate, type GenerateFlags } from './generated-files.ts'
import type { CommandOutcome, Report } from './outcome.ts'
import { recordOf } from '../record.ts'

export interface CheckFlags extends GenerateFlags {
  readonly codeQuality?: string
}

/** Files that depend on the workspace; the others are the same in all workspaces. */
const RENDERED: readonly string[] = ['Cargo.nix', 'toolchain.nix']

/** Advice for each kind of change. */
const GENERATE = '`cargo2nix-ts generate`'
const UPDATE = '`cargo2nix-ts toolchain update`'

/** What is out of date. Without groups, only the inputs have changed. */
interface Staleness {
  /** Paths in the directory. */
  readonly paths: readonly string[]
  readonly groups: readonly ChangeGroup[]
  readonly notes: readonly string[]
  /** Commands that fix it. */
  readonly advice: string
}

/**
 * Compares, and changes nothing; exits with 1 if the directory is stale.
 *
 * @throws Cargo2NixError if `generate` would fail.
 */
export async function check(flags: CheckFlags, report: Report): Promise<CommandOutcome> {
  const wanted = filesToGenerate({ ...flags, offline: true }, report)
  const stale = withToolchain(await staleness(wanted), wanted)
  const name = relative(process.cwd(), wanted.folder) || '.'
  const notes = [...(stale?.notes ?? wanted.notes), ...annotate(flags, wanted.folder, stale)]
  const output =
    stale === undefined
      ? `${name} is up to date`
      : [`${name} is stale: run ${stale.advice}`, ...accountOf(stale)].join('\n')
  return { output, notes, exitCode: stale === undefined ? 0 : 1, result: resultOf(name, stale) }
}

/**
 * A pin that differs from the requested toolchain makes the directory stale too, even though `generate` would
 * keep it.
 */
function withToolchain(
  stale: Staleness | undefined,
  { staleToolchain: lines, notes }: FilesToGenerate,
): Staleness | undefined {
  if (lines.length === 0) return stale
  return {
    paths: [...(stale?.paths ?? []), PIN_FILE],
    groups: [...(stale?.groups ?? []), { name: 'toolchain', items: lines }],
    notes: stale?.notes ?? notes,
    advice: stale === undefined ? UPDATE : `${GENERATE} and ${UPDATE}`,
  }
}

/**
 * Undefined if the directory is current. If only the rules of the program differ from those of the one that
 * wrote the files, or a registry's index changed on this machine, the text that Nix reads decides.
 */
async function staleness(wanted: FilesToGenerate): Promise<Staleness | undefined> {
  const { folder, inputs } = wanted
  const found = filesOf(folder)
  const rendered = RENDERED.flatMap((path) => {
    const text = found.get(path)
    return text === undefined ? [] : [{ path, text }]
  })
  const changes = compareFiles(folder, [...rendered, ...fixedFiles(wanted.settings.runtime)], true)
  const writtenBy = writerOf(found.get('Cargo.nix') ?? '') ?? ''
  const seal = sealOf(found.get('Cargo.nix') ?? '')
  const isMadeOfInputs =
    seal?.inputs === inputs &&
    isSealIntact(rendered) &&
    !(await hasOtherDownloads(wanted, found.get('Cargo.nix') ?? ''))
  const hasOtherRules = isMadeOfInputs && seal.rules !== rulesDigest
  const isCurrent = isMadeOfInputs && !hasOtherRules && isSameToNix(changes)
  if (isCurrent && wanted.isMadeOfIndexes(found.get('Cargo.nix') ?? '')) return undefined
  const tool = hasOtherRules && seal.rules !== UNINDEXED ? toolGroup(writtenBy) : []
  try {
    const { files, notes } = await wanted.generate()
    const all = compareFiles(folder, files, true)
    if (isMadeOfInputs && isSameToNix(all)) return undefined
    const paths = files.map(({ path }) => path)
    return withNewerTool(writtenBy, {
      paths: pathsOf(all),
      groups: [...tool, ...describeChanges(all, paths)],
      notes,
      advice: GENERATE,
    })
  } catch (error) {
    if (!(error instanceof Cargo2NixError) || error.code !== 'network') throw error
    // Without the packages, nothing says what their index would change.
    if (isCurrent) return undefined
    return withNewerTool(writtenBy, withoutPackages(wanted, changes, found, tool, error.message))
  }
}

/**
 * Whether this machine knows a different download URL for a registry than the one in the files. The URL is
 * not an input that every checkout has: only a machine that has read the registry's index knows it.
 */
async function hasOtherDownloads(
  { downloads, settings, local }: FilesToGenerate,
  text: string,
): Promise<boolean> {
  const isNamed = (index: string): boolean =>
    local.lockfile.packages.some(
      ({ source, checksum }) =>
        source !== undefined &&
        sourceUrl(source) === index &&
        checksum !== undefined &&
        text.includes(checksum),
    )
  for (const [index, template] of await downloads()) {
    if (downloadsSetting(index, settings.registries) !== undefined || !isNamed(index)) continue
    if (!text.includes(`registry = ${printString(template)};`)) return true
  }
  return false
}

function toolGroup(writtenBy: string): readonly ChangeGroup[] {
  const step =
    writtenBy === programVersion ? `another build of ${programVersion}` : `${writtenBy} -> ${programVersion}`
  return [{ name: 'toolChanged', items: [step] }]
}

/** This version must not overwrite files that a newer version wrote. */
function withNewerTool(writtenBy: string, stale: Staleness): Staleness {
  if (!isNewerTool(writtenBy)) return stale
  return {
    ...stale,
    advice: `cargo2nix-ts ${writtenBy} or later, which wrote it (this is ${programVersion})`,
  }
}

/** What can be said if packages in the lockfile are not on disk. */
function withoutPackages(
  { local, notes }: FilesToGenerate,
  changes: FileChanges,
  found: ReadonlyMap<string, string>,
  tool: readonly ChangeGroup[],
  reason: string,
): Staleness {
  const text = found.get('Cargo.nix')
  const paths = [...new Set([...pathsOf(changes), 'Cargo.nix'])]
  return {
    paths,
    groups: [
      ...tool,
      ...(text === undefined ? [] : describeLockfile(text, local)),
      ...(text === undefined ? [{ name: 'filesAdded', items: ['Cargo.nix'] }] : describeChanges(changes, [])),
    ],
    notes: [...notes, `note: ${reason}; \`cargo fetch --locked\` lets \`check\` say more`],
    advice: GENERATE,
  }
}

function pathsOf({ written, removed }: FileChanges): readonly string[] {
  return [...written.map(({ path }) => path), ...removed]
}

function accountOf({ groups }: Staleness): readonly string[] {
  return groups.length === 0
    ? ['manifests, lockfile, configuration or settings changed, or Cargo.nix was edited']
    : groups.map(changeLine)
}

function resultOf(folder: string, stale: Staleness | undefined): object {
  const changes = recordOf((stale?.groups ?? []).map(({ name, items, value }) => [name, value ?? items]))
  const files = (stale?.paths ?? []).map((path) => join(folder, path))
  return { current: stale === undefined, folder, files, changes }
}

/** Reports to the CI system, if there is one. Returns lines for standard error. */
function annotate(
  { codeQuality }: CheckFlags,
  folder: string,
  stale: Staleness | undefined,
): readonly string[] {
  const { env } = process
  const files = stale === undefined ? [] : staleFiles(folder, stale)
  const path = codeQuality ?? defaultReport(env)
  if (path !== undefined)
    writeReport(resolve(path), codeQualityReport(files, env['CI_PROJECT_DIR'] ?? process.cwd()))
  return annotationsFor(files, env)
}

/** One file of the runtime represents all of them: CI systems show only the first few annotations. */
function staleFiles(folder: string, stale: Staleness): readonly StaleFile[] {
  const message = `run ${stale.advice}: ${accountOf(stale).join('; ')}`
  const named = [...RENDERED, PIN_FILE]
  const rendered = stale.paths.filter((path) => named.includes(path))
  const others = stale.paths.filter((path) => !named.includes(path)).slice(0, 1)
  return [...rendered, ...others].map((path) => ({ path: join(folder, path), message: `stale: ${message}` }))
}
