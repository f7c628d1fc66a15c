/**
 * Every way in which a derivation's rustc call, or its run of a build script, may differ from cargo's, and why. Everything
 * not listed here must be equal.
 */
import type { PlainCall } from './plain-call.ts'

export interface Difference {
  readonly side: 'cargo' | 'ours' | 'both'
  /** Of an argument, or of `NAME=value` with a variable. */
  readonly pattern: RegExp
  /** What is compared instead; absent: nothing. */
  readonly becomes?: string
  /** Only for calls of this kind. */
  readonly only?: 'published packages' | 'documentation tests' | 'rustc and tests'
  readonly reason: string
}

const DIAGNOSTICS = 'cargo reads diagnostics as JSON and prints them; here rustc prints them itself'
const STORE = 'every unit has a folder of its own in the store'
const SURROUNDINGS = 'what a process inherits from where it is started'

export const ARGUMENT_DIFFERENCES: readonly Difference[] = [
  { side: 'both', pattern: /^--(error-format|json)=.*/, reason: DIAGNOSTICS },
  {
    side: 'both',
    pattern: /^--emit=dep-info,((?:metadata,)?link)$/,
    becomes: '--emit=$1',
    reason:
      'dep-info is for finding what changed, which Nix does; ours has it for warm shells, of packages that are not members',
  },
  {
    side: 'cargo',
    pattern: /^--emit=dep-info,metadata$/,
    becomes: '--emit=metadata',
    reason: 'as above',
  },
  { side: 'both', pattern: /^-o .*/, becomes: '-o', reason: STORE },
  { side: 'both', pattern: /^--out-dir=.*/, becomes: '--out-dir', reason: STORE },
  { side: 'both', pattern: /^-L dependency=.*/, reason: STORE },
  { side: 'cargo', pattern: /^(--extern=.*)\.rmeta$/, becomes: '$1.rlib', reason: 'pipelining' },
  {
    side: 'both',
    pattern: /^-C (metadata|extra-filename)=.*/,
    becomes: '-C $1',
    reason: 'the hash is of the same things, but not the same hash',
  },
  { side: 'cargo', pattern: /^-C incremental=.*/, reason: 'a derivation starts from nothing' },
  {
    side: 'ours',
    pattern: /^--remap-path-prefix=.*/,
    reason:
      'store paths and the build folder must not get into programs; messages name paths as cargo has them',
  },
  {
    side: 'ours',
    pattern: /^-C linker=.*\/store\/[a-z0-9]{32}-[^/]+\/bin\/[^/]*cc$/,
    reason: "nixpkgs' compiler wrapper has no fixed name on the path, above all in a cross build",
  },
  {
    side: 'ours',
    pattern: /^-L native=.*\/store\/[a-z0-9]{32}-[^/]*(?:pthreads|libiconv)[^/]*\/lib$/,
    reason:
      "what Rust's standard library is linked with on Windows and macOS lies in packages of its own in nixpkgs",
  },
  {
    side: 'both',
    pattern: /^--check-cfg=.*/,
    only: 'published packages',
    reason: 'only for a lint, which --cap-lints allow silences',
  },
  {
    side: 'cargo',
    pattern: /^--(allow|warn|deny|forbid)=.*/,
    only: 'published packages',
    reason: 'lints, which --cap-lints allow silences',
  },
  {
    side: 'both',
    pattern: /^-L .*/,
    only: 'documentation tests',
    reason:
      'cargo names the folders of all libraries of the build; here those with which the tested one is linked',
  },
]

export const VARIABLE_DIFFERENCES: readonly Difference[] = [
  {
    side: 'both',
    pattern: /^(PATH|HOME|PWD|OLDPWD|SHLVL|_|SSL_CERT_(FILE|DIR)|NIX_\w+|RECORDER_\w+)=.*/s,
    reason: SURROUNDINGS,
  },
  {
    side: 'ours',
    pattern: /^CARGO_NET_OFFLINE=true$/,
    reason:
      'a macro or a build script that calls cargo does not wait for a network that a build does not have',
  },
  { side: 'both', pattern: /^(CARGO|RUSTC|RUSTDOC)=.*/, becomes: '$1', reason: 'where the toolchain lies' },
  { side: 'cargo', pattern: /^CARGO_(TARGET_DIR|HOME)=.*/, reason: SURROUNDINGS },
  {
    side: 'both',
    pattern: /^CARGO_MAKEFLAGS=.*/,
    reason:
      'the jobserver of one cargo; Nix divides the cores among derivations, each with a jobserver of its own',
  },
  { side: 'both', pattern: /^NUM_JOBS=.*/, becomes: 'NUM_JOBS', reason: 'as many as the build may use' },
  {
    side: 'both',
    pattern: /^(LD_LIBRARY_PATH|DYLD_FALLBACK_LIBRARY_PATH)=.*/,
    only: 'rustc and tests',
    reason:
      "rustc finds its own libraries by rpath and proc macros by path, and cargo's target folder is not there; ours names folders of shared libraries only where there are any",
  },
  {
    side: 'both',
    pattern: /^(CARGO_BIN_EXE_[^=]+)=.*\/([^/]+)$/,
    becomes: '$1=$2',
    reason: STORE,
  },
  {
    side: 'both',
    pattern: /^(A_NOTE|THE_NOTES|WORKSPACE)=\/(?:.*\/)?((?:a note\.md|notes\/)?)$/,
    becomes: '$1=$2',
    reason: 'a relative path of `[env]` leads to a copy in the store, which keeps its name',
  },
  {
    side: 'both',
    pattern: /^CARGO_TARGET_TMPDIR=.*/,
    becomes: 'CARGO_TARGET_TMPDIR',
    reason: 'there is no target folder',
  },
  {
    side: 'cargo',
    pattern: /^RUSTC_WORKSPACE_WRAPPER=.*/,
    reason: 'how cargo is told to call clippy; here clippy is called',
  },
  {
    side: 'ours',
    pattern: /^(CLIPPY_CONF_DIR|SYSROOT)=.*/,
    reason:
      "clippy looks for clippy.toml above the package, which a package's source does not hold, and for the compiler beside itself",
  },
  {
    side: 'ours',
    pattern: /^INSTA_WORKSPACE_ROOT=.*/,
    only: 'rustc and tests',
    reason: 'a test is run in another folder than it was compiled in, which the crate `insta` must be told',
  },
  {
    side: 'ours',
    pattern: /^SOURCE_DATE_EPOCH=\d+$/,
    reason:
      'a script that asks for the time gets the same one each time, so that its output is the same, too',
  },
  {
    side: 'ours',
    pattern: /^(CC|CXX|AR)_\w+=.*/,
    reason: "the crate `cc` would look for a compiler by names that nixpkgs' wrappers do not have",
  },
]

/** Calls of cargo's that no derivation has to make, and why. */
export interface LeftOut {
  readonly matches: (call: PlainCall) => boolean
  readonly reason: string
}

export const LEFT_OUT: readonly LeftOut[] = [
  {
    matches: ({ tool, args, isUsed }) =>
      tool === 'rustc' && args.includes('--crate-type=proc-macro') && !isUsed,
    reason:
      'a proc macro that is asked for is compiled once more where `build-override` changes those in use',
  },
]

export const LEFT_OUT_OF_CLIPPY: readonly LeftOut[] = [
  {
    matches: ({ isUsed }) => isUsed,
    reason:
      'a library that others use is checked once more, or compiled by clippy, where they use it for build scripts or with other features; here it is checked as what it is itself',
  },
]

/** A call without what may differ, and the differences that were met. */
export function withoutDifferences(
  call: PlainCall,
  side: 'cargo' | 'ours',
  met: Set<Difference>,
): readonly string[] {
  const occasions = {
    'published packages': !call.isPathPackage,
    'documentation tests': call.tool === 'rustdoc' && call.args.includes('--test'),
    'rustc and tests': call.tool !== 'script',
  }
  const reduce = (texts: readonly string[], differences: readonly Difference[]): readonly string[] =>
    texts.flatMap((text) => {
      const found = differences.find(
        (each) =>
          (each.side === side || each.side === 'both') &&
          (each.only === undefined || occasions[each.only]) &&
          each.pattern.test(text),
      )
      if (found === undefined) return [text]
      met.add(found)
      return found.becomes === undefined ? [] : [text.replace(found.pattern, found.becomes)]
    })
  const variables = Object.entries(call.variables).map(([name, value]) => `${name}=${value}`)
  return [...reduce(call.args, ARGUMENT_DIFFERENCES), ...reduce(variables, VARIABLE_DIFFERENCES).toSorted()]
}
