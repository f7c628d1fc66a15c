/**
 * What `.cargo/config.toml` sets for targets reaches rustc and build scripts as it does from cargo: rustflags and linker by
 * triple and by cfg. Host units do not get them if cargo is given a target, and only then.
 */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { checkout, removeFolders } from '../builds/checkout.ts'
import { generated, mainPackageSet, nixIsMissing, type PackageSet } from '../builds/package-set.ts'
import { isOlder } from '../../src/cargo/workspace/newer-rules.ts'
import { cargoMissing, cargos } from '../oracle/cargo.ts'
import { cargo2nixOrFail } from '../program.ts'
import { cargoCalls } from '../recorder/cargo-calls.ts'
import { compareCalls } from '../recorder/compare-calls.ts'
import { derivationCalls } from '../recorder/derivation-calls.ts'
import { LEFT_OUT } from '../recorder/differences.ts'
import { plainCalls, type PlainCall } from '../recorder/plain-call.ts'
import type { Call } from '../recorder/recorded.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)
const set: PackageSet | undefined = missing === undefined ? await mainPackageSet() : undefined
const crosses = set?.name === 'nixpkgs beside the project'
const host = hostTriple()

const CONFIG = `
[build]
rustflags = ["--cfg", "of_build"]
rustdocflags = "--cfg doc_of_build"

[target.${host}]
linker = "/opt/bin/ld-of-the-machine"

[target.x86_64-unknown-linux-musl]
rustflags = "--cfg of_musl -C target-feature=-crt-static"
rustdocflags = ["--cfg", "doc_of_musl", "--crate-version", "of musl"]
linker = "/opt/bin/ld-of-musl"

[target.'cfg(all(unix, target_env = "musl"))']
rustflags = ["-C", "link-arg=-Wl,--of-every-musl"]

[target.'cfg(windows)']
rustflags = ["--cfg", 'of="windows"']
rustdocflags = ["--cfg", "doc_of_windows"]
linker = "rust-lld"
`

const TARGETS = [
  { target: host, why: 'flags of [build] and the linker, on both sides' },
  { target: 'x86_64-unknown-linux-musl', why: 'flags of the triple and of a cfg, the linker of the triple' },
  { target: 'x86_64-pc-windows-gnu', why: 'the linker of a cfg' },
  { target: 'aarch64-unknown-linux-musl', why: 'flags of a cfg alone' },
  { target: 'riscv64gc-unknown-linux-gnu', why: 'flags of [build], no linker' },
]

/** The package set with a toolchain that says to be of another release. */
const withRelease = (packages: string, version: string): string =>
  `(let of = pkgs: pkgs // { rustc = pkgs.rustc // { version = "${version}"; }; buildPackages = of pkgs.buildPackages; pkgsBuildBuild = of pkgs.pkgsBuildBuild; pkgsCross = builtins.mapAttrs (_: of) pkgs.pkgsCross; }; in of (${packages}))`

describe.skipIf(missing !== undefined)(
  `flags of a target${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let workspace: string
    let folder: string
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-flags-'))
      workspace = await checkout(join(import.meta.dirname, '..', '..', 'fixtures', 'cross'), 'cross')
      mkdirSync(join(workspace, '.cargo'))
      writeFileSync(join(workspace, '.cargo', 'config.toml'), CONFIG)
      const flags = TARGETS.flatMap(({ target }) => ['--target', target])
      await cargo2nixOrFail(['generate', '--out', join(folder, 'nix'), '--host', host, ...flags], {
        cwd: workspace,
      })
    })
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true })
      return removeFolders([workspace])
    })

    test.each(TARGETS)('$target: $why', async ({ target }) => {
      if (target !== host && !crosses) return
      const own = join(folder, target)
      mkdirSync(own)
      const chosen = target === host ? [] : ['--target', target]
      const args = ['build', '--workspace', '--release', ...chosen]
      const recorded = await cargoCalls(workspace, [args], join(own, 'cargo'), 'registry')
      const expected = plainCalls(recorded).map(withoutNeedlessLinker)
      const file = join(folder, 'nix', 'Cargo.nix')
      const expression = `builtins.attrValues (import ${file} { pkgs = ${set!.expression}; }).targets.${target}.packages`
      const calls = await derivationCalls(set!, expression, join(own, 'ours'))
      const actual = plainCalls(calls).map(withoutPlatformLibraries)
      expect(compareCalls(expected, actual, new Set(), LEFT_OUT).join('\n\n')).toBe('')
      expect(expected.length).toBeGreaterThanOrEqual(10)
      expect(hostFlags(expected)).toEqual(target === host ? ['--cfg=of_build'] : [])
    })

    const doc = TARGETS.map(({ target }) => ({ target, tool: 'doc' }))
    const ofCargos = [...doc, { target: host, tool: 'test' }].flatMap((each) =>
      cargos.map((cargo) => ({ ...each, cargo, version: cargo.version })),
    )
    test.each(ofCargos)(
      '$target: rustdoc, by cargo $tool, $version',
      async ({ target, tool, cargo, version }) => {
        if (target !== host && !crosses) return
        const own = join(folder, `${target}-${tool}-${version}`)
        mkdirSync(own)
        const chosen = target === host ? [] : ['--target', target]
        const args = [tool, '--workspace', ...(tool === 'doc' ? ['--no-deps'] : []), '--release', ...chosen]
        const ofRustdoc = (calls: readonly Call[]): readonly PlainCall[] =>
          plainCalls(calls).filter((call) => call.tool === 'rustdoc')
        const expected = ofRustdoc(await cargoCalls(workspace, [args], join(own, 'cargo'), 'registry', cargo))
        const file = join(folder, 'nix', 'Cargo.nix')
        const outputs = tool === 'doc' ? 'doc' : 'tests'
        const expression = `builtins.attrValues (import ${file} { pkgs = ${withRelease(set!.expression, version)}; }).targets.${target}.${outputs}`
        const actual = ofRustdoc(await derivationCalls(set!, expression, join(own, 'ours')))
        expect(compareCalls(expected, actual, new Set(), []).join('\n\n')).toBe('')
        expect(expected.length).toBeGreaterThan(0)
        const flags = expected.flatMap((call) => call.args.filter((arg) => arg.startsWith('--cfg=doc_')))
        expect(new Set(flags)).toEqual(
          new Set([
            target.includes('x86_64-unknown-linux-musl')
              ? '--cfg=doc_of_musl'
              : target.includes('windows') && !isOlder(version, '1.96')
                ? '--cfg=doc_of_windows'
                : '--cfg=doc_of_build',
          ]),
        )
      },
    )

    const SETTINGS = [
      { setting: 'static = true', flags: ['-C', 'target-feature=+crt-static'], target: host },
      {
        setting: 'static = false\nrelocation-model = "static"',
        flags: ['-C', 'target-feature=-crt-static', '-C', 'relocation-model=static'],
        target: 'x86_64-unknown-linux-musl',
      },
    ]
    test.each(SETTINGS)(
      '$setting for $target is `--target` with $flags',
      async ({ setting, flags, target }) => {
        if (target !== host && !crosses) return
        const own = join(folder, setting.replace(/\W+/g, '-'))
        const [ours, cargos] = [join(own, 'ours'), join(own, 'cargos')]
        for (const copy of [ours, cargos]) await cp(workspace, copy, { recursive: true })
        rmSync(join(ours, '.cargo'), { recursive: true })
        appendFileSync(
          join(ours, 'Cargo.toml'),
          `\n[workspace.metadata.cargo2nix.target.${target}]\n${setting}\n`,
        )
        await cargo2nixOrFail(['generate', '--host', host, '--target', target], { cwd: ours })
        writeFileSync(
          join(cargos, '.cargo', 'config.toml'),
          `[target.${target}]\nrustflags = ${JSON.stringify(flags)}`,
        )
        const args = ['build', '--workspace', '--release', '--target', target]
        const recorded = await cargoCalls(cargos, [args], join(own, 'cargo'), 'registry')
        const expression = `builtins.attrValues ${generated(ours, set!)}.targets.${target}.packages`
        const calls = await derivationCalls(set!, expression, join(own, 'calls'))
        expect(compareCalls(plainCalls(recorded), plainCalls(calls), new Set(), LEFT_OUT).join('\n\n')).toBe(
          '',
        )
      },
    )

    test('a linker that lies in the workspace is named from its root', async () => {
      mkdirSync(join(workspace, 'tools'))
      writeFileSync(join(workspace, 'tools', 'ld'), 'exec cc "$@"\n', { mode: 0o755 })
      writeFileSync(join(workspace, '.cargo', 'config.toml'), `[target.${host}]\nlinker = "tools/ld"\n`)
      await cargo2nixOrFail(['generate', '--host', host], { cwd: workspace })
      expect(readFileSync(join(workspace, 'nix', 'toolchain.nix'), 'utf8')).not.toContain(workspace)
      const calls = await derivationCalls(
        set!,
        `[ ${generated(workspace, set!)}.packages.app ]`,
        join(folder, 'ld'),
      )
      const linkers = calls.flatMap(({ args }) => args.find((arg) => arg.startsWith('linker=')) ?? [])
      expect(linkers.length).toBeGreaterThan(2)
      for (const linker of linkers) expect(linker).toMatch(/^linker=.*\/store\/[a-z0-9]{32}-ld$/)
    })
  },
)

/** Cargo names the linker where nothing is linked, too. */
function withoutNeedlessLinker(call: PlainCall): PlainCall {
  if (!call.args.includes('--crate-type=lib')) return call
  return { ...call, args: call.args.filter((arg) => !arg.startsWith('-C linker=')) }
}

/** What std needs on Windows lies in a package of its own. */
function withoutPlatformLibraries(call: PlainCall): PlainCall {
  return { ...call, args: call.args.filter((arg) => !/^-L native=.*pthreads[^/]*\/lib$/.test(arg)) }
}

/** The flags with which build scripts are compiled, of those that the configuration has. */
function hostFlags(calls: readonly PlainCall[]): readonly string[] {
  const flags = calls
    .filter(({ args }) => args.includes('--crate-name=build_script_build'))
    .flatMap(({ args }) => args.filter((arg) => /of_|of=|of-every/.test(arg)))
  return [...new Set(flags)]
}
