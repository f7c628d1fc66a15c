/**
 * The border between two vocabularies: rustc's targets and Nix's platforms.
 *
 * In: a Rust triple, or any name that Nix has for a platform (a `config`, a system, a set of `pkgsCross`).
 * Out: the other side's names, and what a user should know about the target. Cargo's *host*, where the
 * compiler runs, is Nix's *buildPlatform*; cargo's *target* is Nix's *hostPlatform*.
 * Under `src/cargo`, "host" is cargo's word; under `src/nix`, it is Nix's. Never compare a triple with a
 * config: they differ for 32-bit ARM, RISC-V, Windows, Android, WebAssembly and bare metal.
 * The data is in `platform-table.ts` (nixpkgs' side) and `src/cargo/platform/target-table.ts` (rustc's side).
 */
import { basename } from 'node:path'
import { KNOWN_TARGETS, targetFacts, type TargetFacts } from '../../cargo/platform/target-table.ts'
import { Cargo2NixError } from '../../errors.ts'
import { nearestNames } from '../../nearest-names.ts'
import { nixConfigKey, parseNixConfig, type NixConfig } from './nix-config.ts'
import { INFERRED, INFERRED_LATELY, MISSING, RUNS, TOLD } from './platform-table.ts'
import { append } from '../../maps.ts'

export interface Platform {
  /** The Rust triple. */
  readonly triple: string
  /** Nix's name of the platform; undefined if nixpkgs has none, which `note` explains. */
  readonly config: string | undefined
  /** The C library by nixpkgs' name; undefined if there is none. */
  readonly libc: string | undefined
  /**
   * Sets under `pkgsCross` whose C compiler targets the platform, the best first. Not every nixpkgs has all
   * of them: each arrived in some release, and a few were removed.
   */
  readonly pkgsCrossNames: readonly string[]
  /**
   * For `import nixpkgs { crossSystem = …; }`, which works without `pkgsCross`; undefined without `config`.
   */
  readonly crossSystem: CrossSystem | undefined
  readonly facts: TargetFacts
  /** What a user should know, in one line; undefined if nothing. */
  readonly note: string | undefined
}

export interface CrossSystem {
  readonly config: string
  /** Only if some nixpkgs derives a different triple from the config. */
  readonly rust?: { readonly rustcTarget: string }
  readonly useLLVM?: true
  readonly libc?: string
}

export interface ResolvedTarget {
  readonly triple: string
  /** How the name was interpreted; undefined for a triple. */
  readonly note?: string | undefined
}

/** Rust's names of the four systems of nixpkgs. */
export const DEFAULT_HOSTS: readonly string[] = [
  'x86_64-unknown-linux-gnu',
  'aarch64-unknown-linux-gnu',
  'x86_64-apple-darwin',
  'aarch64-apple-darwin',
]

/** If GCC has no compiler, nixpkgs' sets say so; on FreeBSD and OpenBSD LLVM is the default. */
const NEEDS_LLVM = /^wasm|-(?:uefi|msvc|gnullvm)$/

interface Row {
  readonly config: string
  readonly inferred: boolean
  /** Under `pkgsCross`, the best first. */
  readonly sets: readonly string[]
  /** The `sets` that mean only this target. */
  readonly owned: readonly string[]
}

/** Maps Nix names to the triples that they may mean. */
type Names = ReadonlyMap<string, readonly string[]>

const missing: ReadonlyMap<string, string> = new Map(
  Object.entries(MISSING).flatMap(([what, triples]) =>
    triples.split(' ').map((triple) => [triple, what] as const),
  ),
)

let names: { readonly sets: Names; readonly configs: Names } | undefined

/** Nix's name for one of rustc's targets; undefined for a triple that rustc does not know. */
export function platformOf(triple: string): Platform | undefined {
  const facts = targetFacts(triple)
  if (facts === undefined) return undefined
  const row = rowOf(triple)
  const parts = row === undefined ? undefined : parseNixConfig(row.config)
  return {
    triple,
    config: row?.config,
    libc: parts === undefined ? undefined : libcOf(triple, parts.kernel, parts.abi),
    pkgsCrossNames: row?.sets ?? [],
    crossSystem: row === undefined ? undefined : crossSystem(triple, row),
    facts,
    note: noteOf(triple, facts),
  }
}

/**
 * The triple that a name means: a triple itself, a Nix `config`, a Nix system or a set under `pkgsCross`.
 *
 * @throws Cargo2NixError `unknown-target`, with the nearest names, or with the candidates if it is ambiguous.
 */
export function resolveTargetName(name: string): ResolvedTarget {
  // Read with the workspace, which refuses it if it is none.
  if (name.endsWith('.json')) return { triple: basename(name, '.json') }
  if (targetFacts(name) !== undefined) return { triple: name }
  names ??= collectNames()
  const ofSet = names.sets.get(name)
  if (ofSet !== undefined) return resolved(name, `nixpkgs' pkgsCross.${name}`, ofSet)
  const parts = parseNixConfig(name)
  const ofConfig =
    parts === undefined ? undefined : (names.configs.get(nixConfigKey(parts)) ?? sameWords(parts))
  if (ofConfig !== undefined) return resolved(name, `Nix's \`${name}\``, ofConfig)
  throw unknown(name, [...names.sets.keys()])
}

/** The same for a platform that builds: no custom target does. */
export function resolveHostName(name: string): ResolvedTarget {
  if (!name.endsWith('.json')) return resolveTargetName(name)
  throw new Cargo2NixError({
    code: 'unknown-target',
    message: `\`${name}\`: nothing builds on a custom target`,
    hint: 'name the platform that builds, and the file among the `targets`',
  })
}

/** The words of a platform if its four parts spell a triple. */
function sameWords({ cpu, vendor, kernel, abi }: NixConfig): readonly string[] | undefined {
  const triple = [cpu, vendor, kernel, ...(abi === 'unknown' ? [] : [abi])].join('-')
  return targetFacts(triple) === undefined ? undefined : [triple]
}

function resolved(name: string, meaning: string, triples: readonly string[]): ResolvedTarget {
  const [triple = '', ...others] = triples
  if (others.length === 0) return { triple, note: `${meaning} is Rust's \`${triple}\`` }
  throw new Cargo2NixError({
    code: 'unknown-target',
    message: `\`${name}\` can be any of several Rust targets`,
    hint: `Write the one that is meant: ${triples.join(', ')}.`,
  })
}

function unknown(name: string, sets: readonly string[]): Cargo2NixError {
  const rows = Object.values({ ...TOLD, ...INFERRED })
  // `=` stands for the triple itself.
  const configs = rows.map((row) => row.split(' ')[0] ?? '').filter((config) => config !== '=')
  const near = nearestNames(name, [...new Set([...KNOWN_TARGETS, ...sets, ...configs])], 4)
  return new Cargo2NixError({
    code: 'unknown-target',
    message: `unknown target \`${name}\``,
    hint:
      near.length === 0
        ? 'Targets are named as in `rustc --print target-list`, or by a Nix name of the platform.'
        : `Did you mean ${near.map((other) => `\`${other}\``).join(', ')}?`,
  })
}

function rowOf(triple: string): Row | undefined {
  const inferred = Object.hasOwn(INFERRED, triple)
  const text = inferred ? INFERRED[triple] : Object.hasOwn(TOLD, triple) ? TOLD[triple] : undefined
  if (text === undefined) return undefined
  const [config = '', ...sets] = text.split(' ')
  return {
    config: config === '=' ? triple : config,
    inferred,
    sets: sets.map((name) => name.replace('~', '')),
    owned: sets.filter((name) => !name.startsWith('~')),
  }
}

function crossSystem(triple: string, { config, inferred }: Row): CrossSystem {
  return {
    config,
    ...(inferred && !INFERRED_LATELY.has(triple) ? {} : { rust: { rustcTarget: triple } }),
    ...(NEEDS_LLVM.test(triple) ? { useLLVM: true } : {}),
    ...(triple.endsWith('-gnullvm') ? { libc: 'ucrt' } : {}),
  }
}

function collectNames(): { readonly sets: Names; readonly configs: Names } {
  const owned = new Map<string, readonly string[]>()
  const shared = new Map<string, string[]>()
  const configs = new Map<string, readonly string[]>()
  const lent = new Map<string, string[]>()
  for (const triple of KNOWN_TARGETS) {
    const row = rowOf(triple)
    if (row === undefined) continue
    for (const name of row.owned) owned.set(name, [triple])
    for (const name of row.sets) append(shared, name, triple)
    // If nixpkgs derives a triple from a config, that is what the config means.
    for (const text of row.inferred ? [row.config, triple] : [row.config]) {
      const parts = parseNixConfig(text)
      if (parts === undefined) continue
      const key = nixConfigKey(parts)
      if (row.inferred) configs.set(key, [triple])
      else append(lent, key, triple)
    }
  }
  return {
    sets: new Map<string, readonly string[]>([...shared, ...owned]),
    configs: new Map<string, readonly string[]>([...lent, ...configs]),
  }
}

/** Nixpkgs' default for the kernel and ABI, and what its sets for Android and LLVM's Windows specify. */
function libcOf(triple: string, kernel: string, abi: string): string | undefined {
  if (kernel === 'windows') return abi === 'msvc' || triple.endsWith('gnullvm') ? 'ucrt' : 'msvcrt'
  if (kernel === 'linux') return LINUX_LIBCS.find(([prefix]) => abi.startsWith(prefix))?.[1]
  if (triple.startsWith('avr')) return 'avrlibc'
  return triple.startsWith('wasm') && kernel === 'none' ? undefined : LIBCS[kernel]
}

const LINUX_LIBCS = [
  ['gnu', 'glibc'],
  ['musl', 'musl'],
  ['uclibc', 'uclibc'],
  ['android', 'bionic'],
] as const

const LIBCS: Readonly<Record<string, string>> = {
  cygwin: 'cygwin',
  darwin: 'libSystem',
  freebsd: 'fblibc',
  ios: 'libSystem',
  netbsd: 'nblibc',
  none: 'newlib',
  openbsd: 'oblibc',
  redox: 'relibc',
  wasi: 'wasilibc',
}

function noteOf(triple: string, { std }: TargetFacts): string | undefined {
  const lacking = missing.get(triple)
  const host = RUNS[triple]
  const notes = [
    std === 'no' ? 'Rust has no standard library for it (no_std)' : undefined,
    triple.endsWith('-windows-gnullvm')
      ? 'only a nixpkgs with `pkgsCross.mingw-ucrt-x86_64-llvm` or `ucrtAarch64` has a compiler for it'
      : undefined,
    lacking === undefined
      ? undefined
      : `nixpkgs has no platform for it: it knows no ${lacking.replace(/ (.*)/, ' `$1`')}`,
    host === undefined ? undefined : `programs for ${host} run on it, and nixpkgs has a set for that`,
  ]
  return notes.filter((note) => note !== undefined).join('; ') || undefined
}
