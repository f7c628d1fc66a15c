/** `why`: which units are rebuilt since a revision, what causes it, and what else is rebuilt with them. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { explainRebuilds } from '../cargo/rebuilds/explain-rebuilds.ts'
import { parsePackageIdSpec, specMatches } from '../cargo/ids/package-id-spec.ts'
import {
  kindOf,
  rebuildEntries,
  UNIT_KINDS,
  type RebuildsByTarget,
  type UnitKind,
} from '../cargo/rebuilds/rebuild-report.ts'
import type { Unit } from '../cargo/units/unit.ts'
import { Cargo2NixError } from '../errors.ts'
import { hostTriple } from '../io/toolchain/host-triple.ts'
import { checkoutRevision, repositoryOf, type Checkout, type Repository } from '../io/git/revision.ts'
import { nearestNames } from '../nearest-names.ts'
import type { Settings } from '../nix/settings/settings.ts'
import { describeRebuilds, type TargetTotal, type WhyResult } from './describe-rebuilds.ts'
import { fingerprintedState, type FingerprintedState, type StateRequest } from './fingerprinted-state.ts'
import { notesOnLeftAside, openWorkspace, resolveTargets, type WorkspaceFlags } from './open-workspace.ts'
import type { CommandOutcome, Report } from './outcome.ts'

export interface WhyFlags extends WorkspaceFlags {
  readonly since?: string
  readonly host?: string
  readonly profile?: string
  readonly out?: string
}

/**
 * Compares the work tree with a revision. This needs no stored state and builds nothing.
 *
 * @param name - of a unit: a package, `package:kind` or `package:kind:target`; undefined: all units
 * @throws Cargo2NixError outside of a repository, for an unknown revision or unit, and if one of the two
 *   states is not a workspace
 */
export async function why(
  name: string | undefined,
  flags: WhyFlags,
  report: Report,
): Promise<CommandOutcome> {
  const since = flags.since ?? 'HEAD'
  const opened = openWorkspace(flags, report)
  const { local } = opened
  const root = realpathSync(local.root)
  const repository = await repositoryOf(root)
  report(`checking out ${since}`)
  const checkout = await checkoutRevision(repository, since)
  try {
    report('comparing units')
    const { targets, notes } = resolveTargets(flags.target ?? [])
    const request: StateRequest = {
      cwd: realpathSync(process.cwd()),
      manifestPath: join(root, 'Cargo.toml'),
      offline: flags.offline === true,
      generated: flags.out === undefined ? 'nix' : relative(root, resolve(flags.out)),
      chooseTargets: (settings) => chosenTargets(settings, flags.host, targets),
      profile: flags.profile ?? 'release',
    }
    const after = await fingerprintedState(request, report)
    const before = await earlierState(request, repository, checkout, since, report)
    const rebuilds = rebuildsOf(before, after)
    const { wanted, isOne } = selectUnits(name, after)
    const entries = rebuildEntries(rebuilds).filter(({ hash }) => wanted.has(hash))
    const result = {
      since,
      commit: checkout.commit,
      host: after.host,
      targets: totals(rebuilds, after),
      entries,
    }
    return {
      output: describeRebuilds(result, isOne ? name : undefined),
      notes: [...notesOnLeftAside(opened), ...notes, ...changedPins(root, repository, checkout)],
      exitCode: 0,
      result: withoutHashes(result),
    }
  } finally {
    checkout.remove()
  }
}

function withoutHashes({ entries, ...result }: WhyResult): object {
  return { ...result, rebuilt: entries.map(({ hash: _, ...entry }) => entry) }
}

function totals(rebuilds: RebuildsByTarget, { units }: FingerprintedState): readonly TargetTotal[] {
  return [...rebuilds].map(([target, list]) => ({
    target,
    units: units.get(target)!.length,
    rebuilt: list.length,
  }))
}

function chosenTargets(
  { hosts, targets }: Settings,
  host: string | undefined,
  wanted: readonly string[],
): ReturnType<StateRequest['chooseTargets']> {
  const here = host ?? hostTriple()
  const chosen = host !== undefined || hosts.includes(here) ? here : (hosts[0] ?? here)
  const all = [...new Set([chosen, ...targets])]
  return { host: chosen, targets: wanted.length > 0 ? wanted : all }
}

async function earlierState(
  request: StateRequest,
  { top }: Repository,
  { folder }: Checkout,
  since: string,
  report: Report,
): Promise<FingerprintedState> {
  const moved = (path: string): string => join(folder, relative(top, path))
  const manifestPath = moved(request.manifestPath)
  if (!existsSync(manifestPath)) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `\`--since ${since}\`: the workspace was not there yet`,
      path: dirname(request.manifestPath),
      hint: 'name a later revision',
    })
  }
  const earlier = {
    ...request,
    cwd: moved(request.cwd),
    manifestPath,
    standIn: { folder, place: top },
  }
  try {
    return await fingerprintedState(earlier, report)
  } catch (error) {
    if (!(error instanceof Cargo2NixError)) throw error
    const { code, message, path, hint, cause } = error
    const place = path?.replace(folder, () => top)
    throw new Cargo2NixError({ code, message: `at ${since}: ${message}`, path: place, hint, cause })
  }
}

function rebuildsOf(before: FingerprintedState, after: FingerprintedState): RebuildsByTarget {
  const earlier = [...before.units.values()].flat()
  return new Map(
    [...after.units].map(([target, units]) => [
      target,
      explainRebuilds([...(before.units.get(target) ?? []), ...earlier], units),
    ]),
  )
}

interface Selection {
  /** Hashes. */
  readonly wanted: ReadonlySet<string>
  /** Requested by name. */
  readonly isOne: boolean
}

function selectUnits(name: string | undefined, { units }: FingerprintedState): Selection {
  const all = [...units.values()].flat()
  if (name === undefined) return { wanted: new Set(all.map(({ hash }) => hash)), isOne: false }
  const { spec, kind, target } = parseUnitName(name)
  const matches = ({ package: item, ...unit }: Unit): boolean =>
    specMatches(spec, item) &&
    (kind === undefined || kindOf({ package: item, ...unit }) === kind) &&
    (target === undefined || unit.target.name === target)
  const found = all.filter(({ unit }) => matches(unit))
  if (found.length === 0)
    throw unknownUnit(
      name,
      spec.name,
      all.map(({ unit }) => unit),
    )
  return { wanted: new Set(found.map(({ hash }) => hash)), isOne: true }
}

function unknownUnit(name: string, packageName: string, units: readonly Unit[]): Cargo2NixError {
  const names = [...new Set(units.map((unit) => unit.package.name))]
  const own = units.filter((unit) => unit.package.name === packageName)
  const kinds = [...new Set(own.map(kindOf))].toSorted()
  const near = nearestNames(packageName, names, 3)
  return new Cargo2NixError({
    code: 'bad-argument',
    message: `no unit is named \`${name}\``,
    hint:
      own.length > 0
        ? `of ${packageName} there are: ${kinds.join(', ')}`
        : near.length > 0
          ? `did you mean ${near.join(' or ')}?`
          : 'write PACKAGE, PACKAGE:KIND or PACKAGE:KIND:TARGET; `cargo2nix-ts unit-graph` shows them',
  })
}

function parseUnitName(name: string): {
  readonly spec: ReturnType<typeof parsePackageIdSpec>
  readonly kind: UnitKind | undefined
  readonly target: string | undefined
} {
  const kinds = UNIT_KINDS.toSorted((a, b) => b.length - a.length).join('|')
  const found = new RegExp(`^(.+?):(${kinds})(?::(.+))?$`).exec(name)
  return {
    spec: parsePackageIdSpec(found?.[1] ?? name),
    kind: found?.[2] as UnitKind | undefined,
    target: found?.[3],
  }
}

/** Files that decide on the compiler and on nixpkgs; `why` only knows whether they have changed. */
const PINS = ['flake.lock', 'npins/sources.json', 'nix/sources.json', 'rust-toolchain', 'rust-toolchain.toml']

function changedPins(root: string, { top }: Repository, { folder }: Checkout): readonly string[] {
  const earlier = join(folder, relative(top, root))
  return PINS.filter((pin) => textOf(join(root, pin)) !== textOf(join(earlier, pin))).map(
    (pin) => `note: ${pin} has changed: if it brings another compiler, every unit is built again`,
  )
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
