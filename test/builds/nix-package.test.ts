/** cargo2nix-ts as Nix users get it: by `nix-build`, by an overlay, as a flake; and the flake's outputs. */
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchPublished } from '../published.ts'
import { cargo2nixOrFail, run, runOrFail, type Finished } from '../program.ts'
import { checkout, generatedCheckout, emptyFolder, removeFolders } from './checkout.ts'
import { NEWEST_NIX_MISSING, newestNix, withNix } from './newest-nix.ts'
import { mainPackageSet, nixBuild, nixEval, nixIsMissing, type PackageSet } from './package-set.ts'

const root = join(import.meta.dirname, '..', '..')
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }

/** Adds the machine's Node, and the hook that installs manual pages, to a package set that lacks them. */
const OVERLAY = `final: prev: {
  nodejs = prev.nodejs or (derivation {
    name = "nodejs";
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" "/bin/mkdir -p $out/bin; for each in node npm; do /bin/ln -s ${join(process.execPath, '..')}/$each $out/bin/$each; done" ];
  } // { meta = { }; });
  installShellFiles = prev.installShellFiles or
    (final.makeSetupHook { name = "install-shell-files"; } (prev.path + "/pkgs/build-support/setup-hooks/install-shell-files.sh"));
}`

const isMissing = await nixIsMissing()
const main = isMissing ? undefined : await mainPackageSet()
const reason = isMissing
  ? 'no nix-build on this machine'
  : main?.expression === 'import <nixpkgs> { }'
    ? undefined
    : 'no nixpkgs with phases on this machine'

describe.skipIf(reason !== undefined)(
  `the Nix package${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    const directories: string[] = []
    let set: PackageSet
    let pkgs: string

    beforeAll(async () => {
      set = main!
      const directory = await emptyFolder()
      directories.push(directory)
      pkgs = join(directory, 'pkgs.nix')
      await writeFile(pkgs, `args: import <nixpkgs> (args // { overlays = [ (${OVERLAY}) ]; })\n`)
    })
    afterAll(() => removeFolders(directories))

    test('nix-build gives the program, its manual and completions', async () => {
      const [built = ''] = await nixBuild(set, `import ${root} { pkgs = import ${pkgs} { }; }`, [])
      const { stdout } = await runOrFail(join(built, 'bin', 'cargo2nix-ts'), ['--version'], { env: {} })
      expect(stdout).toContain(`cargo2nix-ts ${version}`)
      const installed = [
        'man/man1/cargo2nix-ts.1.gz',
        'bash-completion/completions/cargo2nix-ts.bash',
        'fish/vendor_completions.d/cargo2nix-ts.fish',
        'zsh/site-functions/_cargo2nix-ts',
      ]
      expect(installed.filter((path) => !existsSync(join(built, 'share', path)))).toEqual([])
      const workspace = await checkout(join(root, 'fixtures', 'chain'), 'chain')
      directories.push(workspace)
      await runOrFail(join(built, 'bin', 'cargo2nix-ts'), ['init', '--ci', 'github'], { cwd: workspace })
      expect((await cargo2nixOrFail(['check'], { cwd: workspace })).status).toBe(0)
    })

    test('the overlay adds it to a package set', async () => {
      const names = await nixEval(
        set,
        `let pkgs = (import ${pkgs} { }).extend (import ${root}/nix/overlay.nix);
         in [ pkgs.cargo2nix-ts.pname (pkgs.cargo2nix-ts == pkgs.callPackage ${root}/nix/package.nix { }) pkgs.cargo2nix-ts.meta.mainProgram ]`,
      )
      expect(names).toEqual(['cargo2nix-ts', true, 'cargo2nix-ts'])
    })

    test('importWorkspace makes the derivations of the committed files, and says what it cannot read', async () => {
      const workspace = await fetchPublished('hexyl', '0.16.0')
      await cargo2nixOrFail(['generate'], { cwd: workspace })
      const imported = (src: string): string =>
        `(import ${root}/nix/lib.nix).importWorkspace { pkgs = import ${pkgs} { }; src = builtins.path { name = "source"; path = ${src}; filter = path: _: baseNameOf path != "nix" && baseNameOf path != "target"; }; }`
      const committed = `import ${workspace}/nix/Cargo.nix { pkgs = import ${pkgs} { }; }`
      const derivations = await nixEval(
        set,
        `map (cargo: cargo.packages.hexyl.drvPath) [ (${imported(workspace)}) (${committed}) ]`,
      )
      expect(new Set(derivations as string[]).size).toBe(1)

      const other = await emptyFolder()
      directories.push(other)
      await writeFile(
        join(other, 'Cargo.lock'),
        'version = 4\n[[package]]\nname = "dep"\nversion = "0.1.0"\nsource = "registry+https://example.org/index"\n',
      )
      const { stderr } = await run('nix-instantiate', ['--expr', imported(other)], { env: set.env })
      expect(stderr).toMatch(/`dep` comes from registry\+https:\/\/example\.org\/index/)
    })

    test('importWorkspace takes a path, a filtered source, a store path and the `self` of a flake alike', async () => {
      const workspace = await checkout(join(root, 'fixtures', 'chain'), 'chain')
      directories.push(workspace)
      const derivations = await nixEval(
        set,
        `let
          pkgs = import ${pkgs} { };
          imported = src: ((import ${root}/nix/lib.nix).importWorkspace { inherit pkgs src; }).packages.tool.drvPath;
          stored = builtins.path { name = "source"; path = ${workspace}; };
        in map imported [ ${workspace} (pkgs.lib.cleanSource ${workspace}) stored { outPath = stored; } ]`,
      )
      expect(derivations).toHaveLength(4)
      expect(new Set(derivations as string[]).size).toBe(1)
    })

    test('importWorkspace follows `resolver.lockfile-path`, also of an included file', async () => {
      const workspace = await checkout(join(root, 'fixtures', 'chain'), 'chain')
      directories.push(workspace)
      await mkdir(join(workspace, '.cargo'), { recursive: true })
      await mkdir(join(workspace, 'locks'))
      await rename(join(workspace, 'Cargo.lock'), join(workspace, 'locks', 'Cargo.lock'))
      await writeFile(join(workspace, '.cargo', 'config.toml'), 'include = ["more.toml"]\n')
      const names = (path: string): Promise<void> =>
        writeFile(join(workspace, '.cargo', 'more.toml'), `resolver.lockfile-path = "${path}"\n`)
      const toolchain = `toolchain = args: let tools = import ${workspace}/nix/toolchain.nix args; in tools // { rustc = tools.rustc // { version = "1.97.0"; }; };`
      const imported = `((import ${root}/nix/lib.nix).importWorkspace { pkgs = import ${pkgs} { }; src = ${workspace}; ${toolchain} }).packages.tool.drvPath`
      await names('../locks/Cargo.lock')
      const outside = await run('nix-instantiate', ['--eval', '--expr', imported], { env: set.env })
      expect(outside.stderr).toContain('`resolver.lockfile-path` names ../locks/Cargo.lock')
      await names('./locks/Cargo.lock')
      await cargo2nixOrFail(['generate'], { cwd: workspace })
      const committed = `(import ${workspace}/nix/Cargo.nix { pkgs = import ${pkgs} { }; ${toolchain} }).packages.tool.drvPath`
      expect(await nixEval(set, imported)).toBe(await nixEval(set, committed))
    })

    /** What a value over `system.config` is, in as much of flake-parts as a module of `perSystem` meets. */
    const inFlakeParts = (workspaces: string, value: string): Promise<unknown> =>
      nixEval(
        set,
        `let
          pkgs = import ${pkgs} { };
          inherit (pkgs) lib;
          flake-parts-lib.mkPerSystemOption = module: lib.mkOption { type = lib.types.deferredModuleWith { staticModules = [ module ]; }; default = { }; };
          top = lib.evalModules {
            specialArgs = { inherit flake-parts-lib; };
            modules = [ ${root}/nix/flake-module.nix { perSystem.cargo2nix = ${workspaces}; } ];
          };
          system = lib.evalModules {
            specialArgs = { inherit pkgs; };
            modules = [ top.config.perSystem { options = lib.genAttrs [ "packages" "checks" "devShells" ] (_: lib.mkOption { type = lib.types.lazyAttrsOf lib.types.raw; }); } ];
          };
        in ${value}`,
      )

    test('the module for flake-parts gives packages, checks and shells of each workspace', async () => {
      const workspace = await generatedCheckout(join(root, 'fixtures', 'chain'), 'chain')
      directories.push(workspace)
      const outputs = await inFlakeParts(
        `{
          default = { src = ${workspace}; checks = [ "tests" ]; };
          other = { src = ${workspace}; profile = "dev"; };
        }`,
        `{
          names = builtins.mapAttrs (_: builtins.attrNames) { inherit (system.config) packages checks devShells; };
          differs = system.config.packages.tool.drvPath != system.config.packages.other-tool.drvPath;
          same = system.config.packages.tool.drvPath == (import ${workspace}/nix/Cargo.nix { inherit pkgs; }).packages.tool.drvPath;
        }`,
      )
      const kinds = ['clippy', 'doc', 'package', 'tests']
      const members = ['base', 'middle', 'tool']
      expect(outputs).toEqual({
        names: {
          packages: [...members, ...members.map((member) => `other-${member}`)].toSorted(),
          checks: [
            ...kinds.flatMap((kind) => members.map((member) => `other-${kind}-${member}`)),
            ...members.map((member) => `tests-${member}`),
          ],
          devShells: ['default', 'other'],
        },
        differs: true,
        same: true,
      })
    })

    test('every option of the module for flake-parts reaches Cargo.nix', async () => {
      const workspace = await generatedCheckout(join(root, 'fixtures', 'chain'), 'chain')
      directories.push(workspace)
      const same = await inFlakeParts(
        `{
          default.src = ${workspace};
          elsewhere = { src = /nowhere; cargoNix = ${workspace}/nix/Cargo.nix; };
          set = { src = ${workspace}; pkgs = pkgs // { defaultCrateOverrides.base = _: { MARK = "1"; }; }; };
          overrides = { src = ${workspace}; crateOverrides = _: { base = _: { MARK = "1"; }; }; };
          toolchain = { src = ${workspace}; toolchain = { pkgs }: import ${workspace}/nix/toolchain.nix { inherit pkgs; } // { clippy = pkgs.hello or pkgs.bash; }; };
          arguments = { src = ${workspace}; arguments.clippyArgs = [ "-D" "warnings" ]; };
          target = { src = ${workspace}; target = "x86_64-unknown-linux-gnu"; };
          none = { src = ${workspace}; checks = [ ]; };
        }`,
        `let
          inherit (system.config) packages checks cargo2nix;
          of = kind: name: checks."\${name}-\${kind}-base".drvPath == checks."\${kind}-base".drvPath;
          names = builtins.attrNames (removeAttrs cargo2nix [ "default" "none" ]);
        in {
          packages = builtins.filter (of "package") names;
          clippy = builtins.filter (of "clippy") names;
          none = builtins.filter (lib.hasPrefix "none-") (builtins.attrNames checks);
          outputs = cargo2nix.default.outputs.packages.base.drvPath == packages.base.drvPath;
        }`,
      )
      expect(same).toEqual({
        packages: ['arguments', 'elsewhere', 'target', 'toolchain'],
        clippy: ['elsewhere', 'target'],
        none: [],
        outputs: true,
      })
    })

    const nix = newestNix()
    describe.skipIf(nix === undefined)(
      `flakes${nix === undefined ? ` (skipped: ${NEWEST_NIX_MISSING})` : ''}`,
      () => {
        let nixpkgs: string
        let source: string

        beforeAll(async () => {
          nixpkgs = await emptyFolder()
          directories.push(nixpkgs)
          // A `path:` flake is copied as a whole.
          source = join(await emptyFolder(), 'source')
          directories.push(source)
          const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
          const tracked = (await runOrFail('git', listed, { cwd: root })).stdout.split('\0')
          for (const path of tracked.filter((each) => each !== '' && !/^(?:fixtures|test)\//.test(each))) {
            await cp(join(root, path), join(source, path))
          }
          const commit = '-c user.name=a -c user.email=a@example.org commit --quiet --message=a'.split(' ')
          for (const args of [['init', '--quiet'], ['add', '.'], commit])
            await runOrFail('git', args, { cwd: source })
          await writeFile(
            join(nixpkgs, 'flake.nix'),
            `{ outputs = _: {
            lib = import ${(await nixEval(set, '(import <nixpkgs> { }).path')) as string}/lib;
            legacyPackages = builtins.listToAttrs (map (system: { name = system; value = import ${pkgs} { inherit system; }; }) [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ]);
          }; }`,
          )
        })

        /** `nix COMMAND…` with our package set as nixpkgs; `more` are arguments of the program that is run. */
        const flake = (
          command: readonly string[],
          cwd: string,
          more: readonly string[] = [],
        ): Promise<Finished> =>
          runOrFail(
            'nix',
            [
              ...command,
              '--extra-experimental-features',
              'nix-command flakes',
              '--impure',
              '--no-write-lock-file',
              '--override-input',
              'nixpkgs',
              `path:${nixpkgs}`,
              ...(more.length === 0 ? [] : ['--', ...more]),
            ],
            { cwd, env: withNix(set.env, nix) },
          )

        test('`nix run` runs the program', async () => {
          const { stdout } = await flake(['run', `path:${source}`], root, ['--version'])
          expect(stdout).toContain(`cargo2nix-ts ${version}`)
        })

        test('`nix flake show` lists what the flake offers', async () => {
          const { stdout } = await flake(['flake', 'show', '--json', `path:${source}`], root)
          const shown = JSON.parse(stdout) as Record<string, unknown>
          const outputs = (shown['inventory'] ?? shown) as Record<string, unknown>
          for (const name of ['packages', 'apps', 'overlays', 'devShells', 'checks', 'templates']) {
            expect(Object.keys(outputs)).toContain(name)
          }
        })

        // The flake's lock has to do: without it, Nix would download nixpkgs to copy a template.
        test.each([
          ['path:', ''],
          ['path:', '#workspace'],
          ['git+file://', '#release'],
        ])(
          '`nix flake init -t %s…%s` and two commands later, `nix flake check` passes',
          async (scheme, template) => {
            const directory = await emptyFolder()
            directories.push(directory)
            const features = ['--extra-experimental-features', 'nix-command flakes']
            const init = ['flake', 'init', ...features, '-t', `${scheme}${source}${template}`]
            await runOrFail('git', ['init', '--quiet'], { cwd: directory })
            await runOrFail('nix', init, { cwd: directory, env: withNix(set.env, nix) })
            await cargo2nixOrFail(['generate'], { cwd: directory })
            await runOrFail('git', ['add', '.'], { cwd: directory })
            await flake(['flake', 'check'], directory)
            const { stdout } = await flake(['run'], directory)
            expect(stdout).toBe('Hello, world!\n')
          },
        )
      },
    )
  },
)
