/** `crateOverrides`, in nixpkgs' format: variables, libraries, binaries, patches and shell code for single packages. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { emptyFolder, removeFolders } from './checkout.ts'
import {
  generated,
  machinePackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'

const missing = await nixIsMissing()

const FILES: Readonly<Record<string, string>> = {
  'Cargo.toml': `[workspace]
members = ["talker", "plain"]
resolver = "2"
`,
  'plain/Cargo.toml': `[package]
name = "plain"
version = "0.1.0"
edition = "2021"
`,
  'plain/src/lib.rs': 'pub const PLAIN: u8 = 1;\n',
  'talker/Cargo.toml': `[package]
name = "talker"
version = "0.1.0"
edition = "2021"

[dependencies]
plain = { path = "../plain" }
`,
  'talker/build.rs': `use std::{env, process::Command};

fn main() {
    let says = |name: &str| env::var(name).unwrap_or_else(|_| "-".into());
    let tool = Command::new("says-hello").output().map(|out| String::from_utf8(out.stdout).unwrap());
    println!("cargo::rustc-env=SCRIPT={} {}", says("TALKER_NAME"), says("TALKER_HOOK"));
    println!("cargo::rustc-env=TOOL={}", tool.as_deref().unwrap_or("-").trim());
}
`,
  'talker/src/main.rs': `#[cfg(linked)]
#[link(name = "greet")]
unsafe extern "C" {
    fn greet() -> i32;
}

fn main() {
    println!("{} {}", env!("SCRIPT"), env!("TOOL"));
    println!("{}", option_env!("TALKER_NAME").unwrap_or("-"));
    println!("plain {}", plain::PLAIN);
    #[cfg(linked)]
    println!("{}", unsafe { greet() });
}
`,
}

const PATCH = `--- a/src/main.rs
+++ b/src/main.rs
@@ -9,3 +9,3 @@
     println!("{}", option_env!("TALKER_NAME").unwrap_or("-"));
-    println!("plain {}", plain::PLAIN);
+    println!("patched {}", plain::PLAIN);
     #[cfg(linked)]
`

describe.skipIf(missing)(`overrides${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  let set: PackageSet
  let workspace: string

  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await emptyFolder()
    for (const [path, text] of Object.entries({ ...FILES, 'change.patch': PATCH })) {
      await mkdir(join(workspace, path, '..'), { recursive: true })
      await writeFile(join(workspace, path), text)
    }
    await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: workspace })
    await cargo2nixOrFail(['generate'], { cwd: workspace })
  })
  afterAll(() => removeFolders([workspace]))

  const withOverrides = (overrides: string): string =>
    generated(workspace, set, `crateOverrides = ${overrides};`)
  const output = async (overrides: string): Promise<string> => {
    const [folder] = await nixBuild(set, withOverrides(overrides), ['packages.talker'])
    return (await run(`${folder}/bin/talker`, [])).stdout
  }

  test('without overrides, the package keeps its defaults', async () => {
    expect(await output('{ }')).toBe('- - -\n-\nplain 1\n')
  })

  test('variables reach the build script and the package', async () => {
    expect(
      await output('{ talker = attrs: { TALKER_NAME = "${attrs.crateName} ${attrs.version}"; }; }'),
    ).toBe('talker 0.1.0 - -\ntalker 0.1.0\nplain 1\n')
    expect(await output('{ talker = _: { env.TALKER_NAME = "modern"; }; }')).toBe(
      'modern - -\nmodern\nplain 1\n',
    )
  })

  test('a path in a variable is copied to the store', async () => {
    const path = `(/. + ${JSON.stringify(join(workspace, 'change.patch'))})`
    const said = (await output(`{ talker = _: { TALKER_NAME = [ ${path} true ]; }; }`)).split('\n')[1]
    const [copy = '', flag] = said!.split(' ')
    expect(flag).toBe('1')
    expect(copy).toMatch(/-change\.patch$/)
    expect(await readFile(copy, 'utf8')).toBe(PATCH)
  })

  test('a shell hook runs before the build script', async () => {
    expect(await output('{ talker = _: { preBuild = "export TALKER_HOOK=hooked"; }; }')).toBe(
      '- hooked -\n-\nplain 1\n',
    )
  })

  test('the build script finds programs that a function of the package set adds', async () => {
    const tool = `pkgs.stdenv.mkDerivation {
      name = "says-hello";
      buildCommand = "mkdir -p $out/bin; printf '#!/bin/sh\\necho hello' >$out/bin/says-hello; chmod +x $out/bin/says-hello";
    }`
    expect(await output(`pkgs: { talker = _: { nativeBuildInputs = [ (${tool}) ]; }; }`)).toBe(
      '- - hello\n-\nplain 1\n',
    )
  })

  test('libraries reach the linker, and additional arguments reach rustc', async () => {
    const library = `pkgs.stdenv.mkDerivation {
      name = "greet";
      buildCommand = "mkdir -p $out/lib; echo 'int greet(void) { return 42; }' >greet.c; cc -c greet.c; ar rcs $out/lib/libgreet.a greet.o";
    }`
    expect(
      await output(
        `pkgs: { talker = _: { buildInputs = [ (${library}) ]; extraRustcOpts = [ "--cfg" "linked" ]; }; }`,
      ),
    ).toBe('- - -\n-\nplain 1\n42\n')
  })

  test('patches are applied to the source', async () => {
    const patch = `(/. + ${JSON.stringify(join(workspace, 'change.patch'))})`
    expect(await output(`{ talker = _: { patches = [ ${patch} ]; }; }`)).toBe('- - -\n-\npatched 1\n')
  })

  test('machines with certain features compile a package and run its build script', async () => {
    const talker = `(${withOverrides('{ talker = _: { requiredSystemFeatures = [ "big-parallel" ]; }; }')}).crates."talker-0.1.0"`
    const features = `map (unit: unit.requiredSystemFeatures or [ ])`
    expect(
      await nixEval(
        set,
        `${features} [ ${talker}.bins.talker ${talker}.buildScript ${talker}.buildScriptRun (${withOverrides('{ }')}).crates."talker-0.1.0".buildScriptRun ]`,
      ),
    ).toEqual([['big-parallel'], ['big-parallel'], ['big-parallel'], []])
  })

  test("an override leaves other packages' derivations unchanged", async () => {
    const library = '.crates."plain-0.1.0".lib.drvPath'
    const changed = await nixEval(
      set,
      `${withOverrides('{ talker = _: { TALKER_NAME = "x"; }; }')}${library}`,
    )
    expect(changed).toBe(await nixEval(set, `${withOverrides('{ }')}${library}`))
  })
})
