/** Members deployed: run scripts, closures on another store, services under a supervisor, the NixOS module. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, runOrFail } from '../program.ts'
import { emptyFolder, generatedCheckout, removeFolders } from './checkout.ts'
import { generated, mainPackageSet, nixBuild, nixEval, nixIsMissing, type PackageSet } from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'deploy')
const isMissing = await nixIsMissing()
const mainSet = isMissing ? undefined : await mainPackageSet()
const missing = isMissing
  ? 'there is no nix-build'
  : mainSet!.expression.includes('<nixpkgs>')
    ? undefined
    : 'there is no nixpkgs'

/** What the nixpkgs beside the project has only for evaluation. */
const TOOLS = `self: super:
  let
    tool = name: folder: programs: derivation {
      inherit name; system = builtins.currentSystem; builder = "/bin/sh"; PATH = "/usr/bin:/bin";
      args = [ "-ec" "mkdir -p $out/bin; for name in \${programs}; do ln -s \${folder}/$name $out/bin/$name; done" ];
    };
  in {
    nix = tool "nix" "/usr/bin" "nix nix-store";
    runit = tool "runit" "/usr/bin" "runsvdir runsv";
  }`

describe.skipIf(missing !== undefined)(
  `deployments${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = []
    let set: PackageSet
    let workspace: string
    const expression = (): string => generated(workspace, set)

    beforeAll(async () => {
      const isBeside = mainSet!.name !== '<nixpkgs>'
      set = isBeside
        ? { ...mainSet!, expression: `import <nixpkgs> { overlays = [ (${TOOLS}) ]; }` }
        : mainSet!
      workspace = await generatedCheckout(fixture, 'deploy')
      folders.push(workspace)
    })
    afterAll(() => removeFolders(folders))

    const folder = async (): Promise<string> => {
      const made = await emptyFolder()
      folders.push(made)
      return made
    }
    const linesOf = (file: string): readonly string[] => readFileSync(file, 'utf8').split('\n')
    const eventually = async (isSo: () => boolean): Promise<void> => {
      for (let tries = 0; tries < 600 && !isSo(); tries += 1) await pause(100)
      expect(isSo()).toBe(true)
    }

    test('run starts the program with configuration, state and environment', async () => {
      const [start] = await nixBuild(set, expression(), ['deploy.ticker.run'])
      const home = await folder()
      const env = { PATH: '/nowhere', HOME: home }
      await runOrFail(`${start}/bin/run-ticker`, ['--once'], { env })
      const state = join(home, '.local', 'state', 'ticker')
      const [, configuration, ticker, note, ...args] = linesOf(join(state, 'ticks'))
      expect([configuration, ticker, note]).toEqual(['pace = 1', state, '50% of $HOME'])
      expect(args).toEqual([
        '--configuration',
        expect.stringMatching(/^\/nix\/store\/.*-ticker\.conf$/),
        '--data',
        `${state}/ticks`,
        'a "$word" of `these`',
        '--once',
      ])
      const other = await folder()
      await runOrFail(`${start}/bin/run-ticker`, ['--once'], {
        env: { ...env, STATE_DIRECTORY: other, CONFIGURATION: join(workspace, 'Cargo.lock') },
      })
      expect(readFileSync(join(other, 'ticks'), 'utf8')).toContain('name = "ticker"')
    })

    test('the closure runs from an empty store, imported or from the binary cache', async ({ skip }) => {
      skip((await run('unshare', ['--mount', 'true'])).status !== 0, 'no mount namespaces here')
      const [closure] = await nixBuild(set, expression(), ['deploy.ticker.closure'])
      const root = readFileSync(join(closure!, 'root'), 'utf8').trim()
      const cache = readFileSync(join(closure!, 'cache', 'nix-cache-info'), 'utf8')
      expect(Number(/^Priority: (\d+)$/m.exec(cache)![1])).toBeGreaterThan(40)
      const restore: readonly (readonly string[])[] = [
        ['sh', '-ec', `nix-store --import <"$0"`, join(closure!, 'ticker-0.3.0-closure.export')],
        [
          'nix-store',
          '--realise',
          root,
          '--option',
          'substituters',
          `file://${closure}/cache`,
          '--option',
          'require-sigs',
          'false',
        ],
      ]
      for (const [command, ...args] of restore) {
        const machine = await folder()
        const state = await folder()
        await runOrFail(command!, args, { env: { ...set.env, NIX_REMOTE: `local?root=${machine}` } })
        // Nothing of this machine's store is left there.
        const script = 'mount --bind "$0/nix" /nix; exec "$1/bin/run-ticker" --once'
        await runOrFail('unshare', ['--mount', 'sh', '-ec', script, machine, root], {
          env: { ...process.env, STATE_DIRECTORY: state },
        })
        expect(linesOf(join(state, 'ticks'))[1]).toBe('pace = 1')
      }
    })

    test('the services shell starts members, and again those that were killed', async ({ skip }) => {
      skip(!existsSync('/usr/bin/runsvdir') && mainSet!.name !== '<nixpkgs>', 'no runit on this machine')
      const home = await folder()
      mkdirSync(join(home, 'tmp'))
      // Else nix-shell looks for <nixpkgs>.
      const [bash] = await nixBuild(set, `(${set.expression})`, ['bash'])
      const shell = join(home, 'shell.nix')
      await runOrFail('sh', ['-ec', 'printf %s "$1" >"$0"', shell, expression()])
      const child = spawn('nix-shell', ['--pure', shell, '-A', 'services', '--run', 'run'], {
        env: { ...set.env, HOME: home, NIX_BUILD_SHELL: `${bash}/bin/bash` },
        detached: true,
        stdio: ['ignore', 'inherit', 'inherit'],
      })
      const ended = new Promise((resolve) => child.on('exit', resolve))
      const [ticks, talk] = [join(home, '.local/state/ticker/ticks'), join(home, '.local/state/talking/talk')]
      const pidIn = (file: string): number => (existsSync(file) ? Number(linesOf(file)[0]) : 0)
      try {
        await eventually(() => pidIn(ticks) > 0 && pidIn(talk) > 0)
        const [killed, other] = [pidIn(ticks), pidIn(talk)]
        process.kill(killed, 'SIGKILL')
        await eventually(() => pidIn(ticks) !== killed)
        expect(pidIn(talk)).toBe(other)
      } finally {
        process.kill(-child.pid!, 'SIGTERM')
      }
      await ended
      const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)
      await eventually(() => !isAlive(pidIn(ticks)) && !isAlive(pidIn(talk)))
    })

    test('the NixOS module makes a service with user, state and no rights', async () => {
      const config = `let
        pkgs = ${set.expression};
        inherit (pkgs) lib;
        any = lib.mkOption { type = lib.types.attrsOf lib.types.anything; default = { }; };
        system = lib.evalModules {
          specialArgs = { inherit pkgs; };
          modules = [
            (import (/. + ${JSON.stringify(`${workspace}/nix/Cargo.nix`)}) { inherit pkgs; }).deploy.ticker.nixosModule
            { options = { systemd.services = any; users.users = any; users.groups = any; networking.firewall = any; }; }
            { services.ticker = { enable = true; openFirewall = true; arguments = [ "--once" ]; environment.RUST_LOG = "info"; }; }
          ];
        };
        inherit (system.config) systemd users networking;
      in {
        service = builtins.removeAttrs systemd.services.ticker.serviceConfig [ "ExecStart" ];
        start = builtins.unsafeDiscardStringContext systemd.services.ticker.serviceConfig.ExecStart;
        inherit (systemd.services.ticker) environment;
        users = builtins.attrNames users.users;
        inherit (networking) firewall;
      }`
      expect(await nixEval(set, config)).toMatchObject({
        service: {
          User: 'ticker',
          StateDirectory: 'ticker',
          ProtectSystem: 'strict',
          NoNewPrivileges: true,
          CapabilityBoundingSet: '',
        },
        start: expect.stringMatching(/^\/nix\/store\/.*\/bin\/run-ticker '?--once'?$/),
        environment: { RUST_LOG: 'info' },
        users: ['ticker'],
        firewall: { allowedTCPPorts: [3900] },
      })
    })

    test('a configuration that is a symlink is its text, and one that is missing is named', async () => {
      const other = await generatedCheckout(fixture, 'deploy')
      folders.push(other)
      const file = join(other, 'ticker', 'ticker.conf')
      rmSync(file)
      symlinkSync('../Cargo.lock', file)
      const [start] = await nixBuild(set, generated(other, set), ['deploy.ticker.run'])
      const [, conf] = /(\/nix\/store\/[a-z0-9]+-ticker\.conf)/.exec(
        readFileSync(join(start!, 'bin', 'run-ticker'), 'utf8'),
      )!
      expect(readFileSync(conf!, 'utf8')).toBe(readFileSync(join(other, 'Cargo.lock'), 'utf8'))
      rmSync(file)
      await expect(nixEval(set, `${generated(other, set)}.deploy.ticker.run.drvPath`)).rejects.toThrow(
        '[workspace.metadata.cargo2nix.deploy.ticker] names ticker/ticker.conf, which the workspace does not have',
      )
    })

    test('the image is evaluated', async () => {
      const image = await nixEval(set, `${expression()}.deploy.talker.image.drvPath`)
      expect(image).toMatch(/^\/nix\/store\/.*talker.*\.drv$/)
    })
  },
)
