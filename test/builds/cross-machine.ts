/**
 * Where binaries for other platforms are compiled and run: a directory that `scripts/cross-machine` creates, and on top of
 * it the nixpkgs next to the project, with emulators under nixpkgs' names for them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../published.ts'
import { run, runOrFail } from '../program.ts'
import { nixIsMissing, type PackageSet } from './package-set.ts'

const root = join(import.meta.dirname, '..', '..')
const setup = join(root, '..', 'shared', 'nixpkgs', 'setup')

/** How long the machine may take to be made: twice what two cores need, so that the other tests are not held up for ever. */
const MOST_SECONDS = 600

/** A package set, or why there is none. */
export type CrossMachine = { readonly set: PackageSet } | { readonly missing: string }

/**
 * The directory is `CARGO2NIX_CROSS`. In CI, which has the machine for itself, it is made: some minutes, and packages of
 * Debian's.
 */
export async function crossMachine(): Promise<CrossMachine> {
  if (await nixIsMissing()) return { missing: 'there is no nix-build' }
  if (!existsSync(setup)) return { missing: 'there is no nixpkgs beside the project' }
  const given = process.env['CARGO2NIX_CROSS']
  if (given !== undefined) return { set: await packageSet(given) }
  if (process.env['CI'] !== 'true') {
    return {
      missing: 'CARGO2NIX_CROSS names no folder: `scripts/cross-machine FOLDER` makes one, as root on Debian',
    }
  }
  const folder = join(cacheFolder, 'cross-machine')
  // A machine that failed once in this run is not waited for again.
  const failed = `${folder}.failed-in-${process.ppid}`
  if (existsSync(failed)) return { missing: readFileSync(failed, 'utf8') }
  const made = await run('timeout', [String(MOST_SECONDS), join(root, 'scripts', 'cross-machine'), folder])
  if (made.status === 0) return { set: await packageSet(folder) }
  const why = made.stderr.trim().split('\n').at(-1) ?? ''
  const missing = `scripts/cross-machine ended with exit code ${made.status}: ${why}`
  writeFileSync(failed, missing)
  return { missing }
}

async function packageSet(cross: string): Promise<PackageSet> {
  const script = `. "$1/env.sh"; eval "$("$0" "$2" "$1")"
    if [ -d "$1/prefixed" ]; then cp -Pf "$1/prefixed/"* "$2/cross/bin/"; fi
    env -0`
  const { stdout } = await runOrFail('bash', [
    '-ec',
    script,
    setup,
    cross,
    join(cacheFolder, 'nixpkgs-cross'),
  ])
  const pairs = stdout.split('\0').filter((line) => line !== '')
  const env = Object.fromEntries(
    pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  return {
    name: 'nixpkgs with cross compilers',
    expression: `import <nixpkgs> { overlays = [ (${emulators(env)}) ]; }`,
    env,
  }
}

/** Where Debian keeps the shared libraries of a platform. */
const LIBRARIES: Readonly<Record<string, string>> = {
  aarch64: '/usr/aarch64-linux-gnu',
  i386: '/usr/i686-linux-gnu',
  arm: '/usr/arm-linux-gnueabihf',
  riscv64: '/usr/riscv64-linux-gnu',
}

function emulators(env: NodeJS.ProcessEnv): string {
  const qemus = Object.entries(LIBRARIES).map(([cpu, folder]) =>
    script(`qemu-${cpu}`, `exec /usr/bin/qemu-${cpu} -L ${folder} "$@"`),
  )
  // Wine needs a directory of its own, since a build has no home. Its server writes there a little longer.
  const wine = `export WINEDEBUG=-all WINEPATH=${env['WINEPATH']} WINEPREFIX=$(mktemp -d); /usr/bin/wine "$@"; status=$?; /usr/bin/wineserver --wait; rm -rf "$WINEPREFIX"; exit $status`
  return `self: super:
    let
      programs = text: derivation {
        name = "emulator"; system = builtins.currentSystem; builder = "/bin/sh";
        PATH = "/usr/bin:/bin"; args = [ "-ec" text ];
      };
      qemu = programs ''mkdir -p $out/bin; ${qemus.join('')}'';
      tool = names: programs "mkdir -p $out/bin; for name in \${names}; do ln -s /usr/bin/$name $out/bin/$name; done";
      wine = programs ''mkdir -p $out/bin; ${script('wine', wine)}${script('wine64', wine)}'';
    in {
      qemu = qemu // { override = _: qemu; };
      qemu-user = qemu;
      winePackagesFor = _: { minimal = wine; };
      zip = tool "zip"; unzip = tool "unzip"; zstd = tool "zstd"; util-linuxMinimal = tool "unshare";
      tzdata = programs "mkdir -p $out/share; ln -s /usr/share/zoneinfo $out/share/";
    }`
}

/** Shell that writes a script of one line into $out/bin; for a Nix string in two single quotes. */
function script(name: string, line: string): string {
  return `printf '%s\\n' '#!/bin/sh' '${line}' >$out/bin/${name}; chmod +x $out/bin/${name}; `
}
