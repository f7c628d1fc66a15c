/** Platform names, checked against nixpkgs' `lib.systems`. */
import { beforeAll, describe, expect, test } from 'vitest'
import { KNOWN_TARGETS } from '../../src/cargo/platform/target-table.ts'
import { Cargo2NixError } from '../../src/errors.ts'
import {
  DEFAULT_HOSTS,
  platformOf,
  resolveTargetName,
  type Platform,
} from '../../src/nix/platform/platform.ts'
import { INFERRED, MISSING, TOLD } from '../../src/nix/platform/platform-table.ts'
import { evaluateWithLib, nixpkgsLibMissing, unpackNixpkgsLib } from './nixpkgs-lib.ts'

interface Elaborated {
  readonly triple: string
  readonly config: string
  readonly libc: string | null
  readonly useLLVM: boolean
}

const missing = nixpkgsLibMissing()

const ELABORATE = `let
  elaborate = args: let system = lib.systems.elaborate args; in {
    triple = system.rust.rustcTarget;
    inherit (system) config libc;
    useLLVM = system.useLLVM or false;
  };
  try = args: let result = builtins.tryEval (let value = elaborate args; in builtins.deepSeq value value);
    in if result.success then result.value else null;
in`

const platforms: readonly Platform[] = KNOWN_TARGETS.map((triple) => platformOf(triple)).filter(
  (one) => one !== undefined,
)

function triplesOf(error: unknown): string {
  return error instanceof Cargo2NixError ? `${error.code}: ${error.message} ${error.hint}` : String(error)
}

function resolution(name: string): string {
  try {
    return resolveTargetName(name).triple
  } catch (error) {
    return triplesOf(error)
  }
}

test('every target of rustc is in exactly one part of the table', () => {
  const listed = [
    ...Object.keys(INFERRED),
    ...Object.keys(TOLD),
    ...Object.values(MISSING).flatMap((row) => row.split(' ')),
  ]
  expect(listed.sort()).toEqual([...KNOWN_TARGETS].sort())
})

describe('as nixpkgs sees it', () => {
  let lib = ''
  beforeAll(() => {
    if (missing === undefined) lib = unpackNixpkgsLib()
  })

  test('each config is the platform of its triple', { timeout: 120_000 }, ({ skip }) => {
    skip(missing !== undefined, missing)
    const named = platforms.filter(({ config }) => config !== undefined)
    const rows = evaluateWithLib(
      lib,
      `${ELABORATE} map (one: { alone = try { inherit (one) config; }; full = try one; }) argument`,
      named.map(({ crossSystem }) => crossSystem),
    ) as { alone: Elaborated | null; full: Elaborated | null }[]
    for (const [index, { triple, libc, crossSystem }] of named.entries()) {
      const { alone, full } = rows[index] ?? {}
      expect(full?.triple, triple).toBe(triple)
      expect(alone?.triple === triple, `${triple} from ${crossSystem?.config}`).toBe(
        Object.hasOwn(INFERRED, triple),
      )
      expect(full?.libc === 'native/impure' ? undefined : (full?.libc ?? undefined), triple).toBe(libc)
    }
  })

  test('what has no platform really lacks what the table says', ({ skip }) => {
    skip(missing !== undefined, missing)
    const wanted = Object.entries(MISSING).map(([what, triples]) => ({
      part: what.split(' ')[0] === 'cpu' ? 'cpuTypes' : `${what.split(' ')[0]}s`,
      name: what.split(' ')[1],
      triples: triples.split(' '),
    }))
    const rows = evaluateWithLib(
      lib,
      `${ELABORATE} map ({ part, name, triples }: {
        absent = lib.systems.parse.\${part}.\${name}.name or null != name;
        derived = map (triple: (try { config = triple; }).triple or null) triples;
      }) argument`,
      wanted,
    ) as { absent: boolean; derived: (string | null)[] }[]
    for (const [index, { part, name, triples }] of wanted.entries()) {
      expect(rows[index]?.absent, `${part} ${name}`).toBe(true)
      for (const [at, triple] of triples.entries()) expect(rows[index]?.derived[at], triple).not.toBe(triple)
    }
  })

  test('each set of pkgsCross resolves both ways', ({ skip }) => {
    skip(missing !== undefined, missing)
    const examples = evaluateWithLib(
      lib,
      `${ELABORATE} builtins.mapAttrs (name: example: { written = example.config; elaborated = try example; }) lib.systems.examples`,
      null,
    ) as Record<string, { written: string; elaborated: Elaborated | null }>
    const rusts = Object.entries(examples).filter(
      ([, { elaborated }]) => platformOf(elaborated?.triple ?? '') !== undefined,
    )
    for (const [name, { written, elaborated }] of rusts) {
      const triple = elaborated?.triple ?? ''
      expect(resolution(name), name).toBe(triple)
      expect(platformOf(triple)?.pkgsCrossNames, triple).toContain(name)
      // LLVM's Windows and the like share a config with the target that nixpkgs derives.
      const told = platformOf(triple)?.crossSystem?.rust?.rustcTarget
      expect([resolution(written), told], written).toContain(triple)
    }
    expect(rusts.length).toBeGreaterThan(50)
    for (const { triple, pkgsCrossNames, libc, crossSystem } of platforms) {
      const there = pkgsCrossNames.filter((name) => examples[name] !== undefined)
      expect(pkgsCrossNames.slice(0, there.length), 'removed sets stand last').toEqual(there)
      if (there[0] === undefined) continue
      const set = examples[there[0]]?.elaborated
      // `crossSystem` does the same without `pkgsCross`.
      expect(set?.libc === 'native/impure' ? undefined : (set?.libc ?? undefined), triple).toBe(libc)
      expect(set?.useLLVM, triple).toBe(crossSystem?.useLLVM === true || /(?:free|open)bsd$/.test(triple))
    }
  })

  test('whatever nixpkgs reads as a platform of Rust, we read the same', { timeout: 300_000 }, ({ skip }) => {
    skip(missing !== undefined, missing)
    const body = `${ELABORATE}
      let
        inherit (lib.systems.parse) cpuTypes kernels abis;
        cpus = builtins.attrNames cpuTypes;
        kernelNames = lib.subtractLists [ "tvos" "watchos" ] (builtins.attrNames kernels) ++ [ "mingw32" ];
        vendors = [ "unknown" "pc" "w64" "apple" ];
        spellings = cpu: lib.concatMap (kernel: [ "\${cpu}-\${kernel}" ] ++ lib.concatMap (vendor:
          [ "\${cpu}-\${vendor}-\${kernel}" ] ++ map (abi: "\${cpu}-\${vendor}-\${kernel}-\${abi}") (builtins.attrNames abis)
        ) vendors ++ map (abi: "\${cpu}-\${kernel}-\${abi}") (builtins.attrNames abis)) kernelNames ++ [ cpu "\${cpu}-elf" ];
        known = lib.genAttrs argument (_: true);
        read = cpu: lib.filter (row: row.triple != null && known ? \${row.triple})
          (map (name: { inherit name; triple = (try { config = name; }).triple or null; }) (spellings cpu));
      in lib.concatMap read (builtins.filter (cpu: lib.any (lib.hasPrefix cpu) (argument ++ [ "armv6l" "armv7l" "armv5tel" "armv7a" ])) cpus)`
    const rows = evaluateWithLib(lib, body, KNOWN_TARGETS) as { name: string; triple: string }[]
    const differing = rows.filter(({ name, triple }) => resolution(name) !== triple)
    console.log(`${rows.length} spellings compared`)
    expect(differing.map(({ name, triple }) => ({ name, triple, ours: resolution(name) }))).toEqual([])
    expect(rows.length).toBeGreaterThan(400)
  })
})

describe('names', () => {
  test.each([
    ['x86_64-w64-mingw32', 'x86_64-pc-windows-gnu'],
    ['mingwW64', 'x86_64-pc-windows-gnu'],
    ['i686-w64-mingw32', 'i686-pc-windows-gnu'],
    ['armv6l-unknown-linux-musleabihf', 'arm-unknown-linux-musleabihf'],
    ['muslpi', 'arm-unknown-linux-musleabihf'],
    ['raspberryPi', 'arm-unknown-linux-gnueabihf'],
    ['sheevaplug', 'armv5te-unknown-linux-gnueabi'],
    ['armv7l-unknown-linux-gnueabihf', 'armv7-unknown-linux-gnueabihf'],
    ['armv7a-unknown-linux-gnueabihf', 'armv7-unknown-linux-gnueabihf'],
    ['armv7l-unknown-linux-musleabihf', 'armv7-unknown-linux-musleabihf'],
    ['riscv64-unknown-linux-gnu', 'riscv64gc-unknown-linux-gnu'],
    ['arm64-apple-darwin', 'aarch64-apple-darwin'],
    ['aarch64-darwin', 'aarch64-apple-darwin'],
    ['aarch64-linux', 'aarch64-unknown-linux-gnu'],
    ['x86_64-linux', 'x86_64-unknown-linux-gnu'],
    ['i686-linux', 'i686-unknown-linux-gnu'],
    ['armv6l-linux', 'arm-unknown-linux-gnueabihf'],
    ['wasm32-unknown-wasi', 'wasm32-wasip1'],
    ['wasi32', 'wasm32-wasip1'],
    ['aarch64-unknown-linux-android', 'aarch64-linux-android'],
    ['aarch64-android-prebuilt', 'aarch64-linux-android'],
    ['powernv', 'powerpc64le-unknown-linux-gnu'],
  ])('%s is %s', (name, triple) => {
    const resolved = resolveTargetName(name)
    expect(resolved.triple).toBe(triple)
    expect(resolved.note).toContain(triple)
  })

  test('a triple is its own name, and a custom target has that of its file', () => {
    for (const triple of KNOWN_TARGETS) expect(resolveTargetName(triple)).toEqual({ triple })
    expect(resolveTargetName('targets/my-board.json')).toEqual({ triple: 'my-board' })
  })

  test.each([
    ['x86_64-unknown-linux-mussl', 'x86_64-unknown-linux-musl'],
    ['x86-64-unknown-linux-gnu', 'x86_64-unknown-linux-gnu'],
    ['aarch64-apple-darwn', 'aarch64-apple-darwin'],
    ['mingw64', 'mingwW64'],
    ['riscv64gc-unknown-linux', 'riscv64gc-unknown-linux-gnu'],
  ])('%s: did you mean %s?', (name, near) => {
    expect(resolution(name)).toMatch(/^unknown-target: /)
    expect(resolution(name)).toContain(`\`${near}\``)
  })

  test('a name that several targets share is an error that lists them', () => {
    expect(resolution('arm-none-eabi')).toContain('thumbv7em-none-eabi')
    expect(resolution('arm-embedded')).toContain('thumbv6m-none-eabi')
    expect(resolution('constructor')).toMatch(/^unknown-target: /)
  })

  test('the default hosts are the four systems of nixpkgs', () => {
    const systems = ['x86_64-linux', 'aarch64-linux', 'x86_64-darwin', 'aarch64-darwin']
    expect(systems.map((system) => resolveTargetName(system).triple)).toEqual(DEFAULT_HOSTS)
  })
})
