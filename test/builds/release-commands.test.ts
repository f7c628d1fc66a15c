/** `release plan`, and the shell of whoever publishes releases: its commands, by hand. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nix, cargo2nixOrFail, cli, run, runOrFail, type Finished } from '../program.ts'
import { writeRelease } from '../release/release-directory.ts'
import { missingPrograms, programFile } from '../release/servers.ts'
import { checkout, emptyFolder, removeFolders } from './checkout.ts'
import { machinePackageSet, nixBuild, generated, nixIsMissing, type PackageSet } from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'release')
const missing = await nixIsMissing()
const HOST = 'x86_64-unknown-linux-gnu'

interface Plan {
  readonly name: string
  readonly version: string
  readonly class: string
  readonly ref: string | null
  readonly commit: string | null
  readonly artefacts: readonly {
    readonly triple: string | null
    readonly path: string
    readonly kind: string
  }[]
}

describe.skipIf(missing)(`releases${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  let set: PackageSet
  let workspace: string
  let commit: string
  const git = async (...args: readonly string[]): Promise<string> =>
    (
      await runOrFail('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: workspace })
    ).stdout.trim()

  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await checkout(fixture, 'release')
    folders.push(workspace)
    const manifest = join(workspace, 'Cargo.toml')
    const text = readFileSync(manifest, 'utf8')
      .replace(/^targets = .*$/m, `targets = ["${HOST}"]`)
      .replace(/^(?:integration-tests|certificates) = .*$/gm, '')
      .replace('"tar.zst", ', '')
    writeFileSync(manifest, text)
    await cargo2nixOrFail(['generate'], { cwd: workspace })
    await git('init', '--quiet')
    await git('add', '--all')
    await git('commit', '--quiet', '--message', 'first')
    commit = await git('rev-parse', 'HEAD')
  })
  afterAll(() => removeFolders(folders))

  const plan = (...args: readonly string[]): Promise<Finished> =>
    cargo2nix(['release', 'plan', '--pkgs', set.expression, ...args], { cwd: workspace, env: set.env })
  const planned = async (...args: readonly string[]): Promise<Plan> =>
    JSON.parse((await plan('--json', ...args)).stdout) as Plan

  describe('release plan', () => {
    test('a commit without a tag is development', async () => {
      expect(await planned()).toMatchObject({ version: commit, class: 'development', ref: null, commit })
      expect(await planned('--ref', commit.slice(0, 10))).toMatchObject({ version: commit, ref: null })
    })

    test('a tag that does not exist yet is planned for the current commit, with a note', async () => {
      expect(await planned('--ref', 'v9.0.0')).toMatchObject({ version: 'v9.0.0', class: 'stable', commit })
      expect((await plan('--ref', 'v9.0.0')).stderr).toContain('note: there is no tag v9.0.0 yet')
    })

    test('the tag that is checked out names version and class; other tags are extra', async () => {
      await git('tag', 'v1.2.0')
      expect(await planned()).toMatchObject({ version: 'v1.2.0', class: 'stable', ref: 'v1.2.0', commit })
      await git('tag', 'nightly-1')
      expect(await planned('--ref', 'nightly-1')).toMatchObject({ version: 'nightly-1', class: 'extra' })
      writeFileSync(join(workspace, 'README.md'), 'changed')
      expect((await plan()).stderr).toMatch(/note: files differ from the commit/)
      await git('checkout', '--quiet', 'README.md')
    })

    test('a branch or any other revision is a development version of its commit', async () => {
      await git('branch', 'feature/x')
      for (const name of ['feature/x', 'refs/heads/feature/x', 'HEAD', commit.slice(0, 5)]) {
        expect(await planned('--ref', name)).toMatchObject({ ref: null, class: 'development', commit })
        expect((await plan('--ref', name)).stderr).not.toContain('note: there is no tag')
      }
      await git('branch', 'v1.2.0')
      for (const name of ['v1.2.0', 'refs/tags/v1.2.0'])
        expect(await planned('--ref', name)).toMatchObject({ ref: 'v1.2.0', class: 'stable' })
      await git('branch', '--delete', '--force', 'v1.2.0')
    })

    test('a tag or a commit that is not checked out is planned with a note', async () => {
      await git('commit', '--quiet', '--allow-empty', '--message', 'second')
      for (const name of ['v1.2.0', 'feature/x', 'HEAD~1', commit.slice(0, 12)]) {
        expect(await planned('--ref', name)).toMatchObject({ commit })
        const note = `note: ${name} is not what is checked out, which would be built: run \`git checkout ${name}\` first`
        expect((await plan('--ref', name)).stderr).toContain(note)
      }
      await git('reset', '--quiet', '--hard', commit)
      expect((await plan('--ref', 'v1.2.0')).stderr).not.toContain('is not what is checked out')
    })

    test('it lists the files of the release, and the command that it prints is about just that', async () => {
      const { artefacts, name } = await planned('--ref', 'v1.2.0')
      expect(name).toBe('greetings')
      const stem = `greetings-v1.2.0-${HOST}`
      expect(artefacts.map(({ path }) => path).toSorted()).toEqual(
        [
          'greetings-v1.2.0-image.tar',
          ...['count', 'greet', `${stem}.tar.gz`, `${stem}-image.tar`].map((file) => `${HOST}/${file}`),
        ].toSorted(),
      )
      const { stdout } = await plan('--ref', 'v1.2.0')
      for (const { path } of artefacts) expect(stdout).toContain(path)
      const command = /^ {2}nix-build (.*)$/m.exec(stdout)?.[1]
      expect(command).toContain('-A release.all')
      const evaluated = `nix-instantiate --eval ${command!.replace('release.all', 'release.version')}`
      const { stdout: version } = await runOrFail('sh', ['-c', evaluated], { cwd: workspace, env: set.env })
      expect(version.trim()).toBe('"v1.2.0"')
    })

    test('without the table there is no release, and the error names it', async () => {
      const other = await checkout(join(import.meta.dirname, '..', '..', 'fixtures', 'chain'), 'chain')
      folders.push(other)
      await cargo2nixOrFail(['generate'], { cwd: other })
      const args = ['release', 'plan', '--pkgs', set.expression]
      const refused = await cargo2nix(args, { cwd: other, env: set.env })
      expect(refused).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('[workspace.metadata.cargo2nix.release]'),
      })
      const jobs = await cargo2nix(['jobs', '--release'], { cwd: other })
      expect(jobs).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('[workspace.metadata.cargo2nix.release]'),
      })
    })

    test('jobs --release has a job for each target of the release', async () => {
      const { stdout } = await cargo2nixOrFail(['jobs', '--release', '--json'], { cwd: workspace })
      expect(JSON.parse(stdout)).toMatchObject([{ target: HOST, attribute: `release.${HOST}` }])
    })
  })

  test('files that are symlinks are in archives with what they lead to', async () => {
    const linked = await checkout(workspace, 'linked')
    folders.push(linked)
    symlinkSync('../LICENSE', join(linked, 'greet', 'LICENSE-MIT'))
    rmSync(join(linked, 'greet', 'doc', 'greet.conf'))
    symlinkSync('../../README.md', join(linked, 'greet', 'doc', 'greet.conf'))
    await cargo2nixOrFail(['generate'], { cwd: linked })
    const [built] = await nixBuild(set, generated(linked, set), [`release.${HOST}.archive`])
    const inArchive = async (path: string): Promise<string> => {
      const name = `greetings-unreleased-${HOST}`
      const args = ['--extract', '--gzip', '--to-stdout', `--file=${built}/${name}.tar.gz`, `${name}/${path}`]
      return (await runOrFail('tar', args)).stdout
    }
    const text = (path: string): string => readFileSync(join(linked, path), 'utf8')
    expect(await inArchive('greet/LICENSE-MIT')).toBe(text('LICENSE'))
    expect(await inArchive('etc/greet.conf')).toBe(text('README.md'))
    rmSync(join(linked, 'greet', 'LICENSE-MIT'))
    symlinkSync('doc', join(linked, 'greet', 'link'))
    const manifest = join(linked, 'Cargo.toml')
    writeFileSync(manifest, text('Cargo.toml').replace('greet/doc/greet.conf', 'greet/link'))
    await cargo2nixOrFail(['generate'], { cwd: linked })
    await expect(nixBuild(set, generated(linked, set), [`release.${HOST}.archive`])).rejects.toThrow(
      'greet/link is a symlink to a directory; name the directory itself',
    )
  })

  const absent = missingPrograms('rclone')
  describe.skipIf(absent !== '')(`release.shell${absent}`, () => {
    let project: string
    let store: string
    let temporary: string
    const env = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ...set.env, TMPDIR: temporary, ...more })
    /** Runs a command in the shell, with the programs of this machine as its packages. */
    const inShell = async (command: string, more: NodeJS.ProcessEnv): Promise<Finished> => {
      const tools = join(project, 'tools')
      const packages = 'git = tools; minisign = tools; rclone = tools; skopeo = tools; cargo2nix-ts = tools;'
      const pkgs = `let base = ${set.expression}; tools = builtins.path { path = ${tools}; name = "tools"; }; more = { ${packages} }; in base // more // { buildPackages = base.buildPackages // more; }`
      const file = join(workspace, 'nix', 'Cargo.nix')
      const expression = `(import (/. + ${JSON.stringify(file)}) { pkgs = ${pkgs}; }).release.shell`
      return run('nix-shell', ['--expr', expression, '--run', command], { cwd: project, env: env(more) })
    }
    beforeAll(async () => {
      project = await emptyFolder()
      temporary = await emptyFolder()
      folders.push(project, temporary)
      store = join(project, 'store')
      writeRelease(join(project, 'result'), { version: 'v1.0.0' })
      const bin = join(project, 'tools', 'bin')
      mkdirSync(bin, { recursive: true })
      const wrap = (name: string, command: string): void => {
        writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`)
        chmodSync(join(bin, name), 0o755)
      }
      wrap('rclone', programFile('rclone')!)
      wrap('cargo2nix-ts', `${process.execPath} ${cli}`)
    })

    test('to_s3 publishes, and passes its arguments on; refresh_index rebuilds the index', async () => {
      const where = { RELEASE_STORE: `file://${store}`, RELEASE_URL: 'https://example.org/r' }
      expect((await inShell('to_s3 --dry-run', where)).stdout).toContain('would upload v1.0.0/release.json')
      expect(existsSync(store)).toBe(false)
      expect(await inShell('to_s3', where)).toMatchObject({ status: 0 })
      expect(readdirSync(store).toSorted()).toEqual(['index.html', 'stable.json', 'v1.0.0'])
      writeFileSync(join(store, 'index.html'), '')
      expect(await inShell('refresh_index', where)).toMatchObject({ status: 0 })
      expect(readFileSync(join(store, 'index.html'), 'utf8')).toContain('v1.0.0')
      expect(readFileSync(join(store, 'stable.json'), 'utf8')).toContain('https://example.org/r/')
    })

    test.each([
      ['to_s3', 'RELEASE_STORE'],
      ['to_docker', 'RELEASE_IMAGES'],
      ['refresh_index', 'RELEASE_STORE'],
      ['refresh_toolchain', 'CACHE'],
    ])('%s names the variable that it lacks', async (command, name) => {
      const { status, stderr } = await inShell(command, { RELEASE_STORE: '', RELEASE_IMAGES: '', CACHE: '' })
      expect(status).not.toBe(0)
      expect(stderr).toContain(`error: set ${name} first`)
    })

    test('refresh_toolchain signs with the key from the environment, which is nowhere afterwards', async () => {
      const keys = await emptyFolder()
      folders.push(keys)
      const make = ['--generate-binary-cache-key', 'release-1', join(keys, 'secret'), join(keys, 'public')]
      await runOrFail('nix-store', make)
      // Only what is in the store can be pushed.
      await nixBuild(set, generated(workspace, set), ['packages.count'])
      const cache = join(project, 'cache')
      const key = readFileSync(join(keys, 'secret'), 'utf8')
      const pkgs = `--pkgs ${JSON.stringify(set.expression).replaceAll('$', '\\$')}`
      const out = `--out ${join(workspace, 'nix')}`
      const commands = join(import.meta.dirname, '..', '..', 'templates', 'release', 'release-shell.sh')
      // The package set of this machine finds nothing inside of nix-shell.
      const pushed = await run('bash', ['-c', `source ${commands}; refresh_toolchain ${pkgs} ${out}`], {
        cwd: project,
        env: env({
          PATH: `${join(project, 'tools', 'bin')}:${set.env['PATH']}`,
          CACHE: `file://${cache}`,
          CACHE_KEY: key.trim(),
        }),
      })
      expect(pushed).toMatchObject({ status: 0, stderr: expect.not.stringContaining('error') })
      const infos = readdirSync(cache).filter((name) => name.endsWith('.narinfo'))
      expect(infos.length).toBeGreaterThan(0)
      for (const name of infos) expect(readFileSync(join(cache, name), 'utf8')).toContain('Sig: release-1:')
      const left = readdirSync(temporary, { recursive: true, encoding: 'utf8' }).filter((path) =>
        /tmp\.\w+$/.test(path),
      )
      expect(left).toEqual([])
      expect(pushed.stdout + pushed.stderr).not.toContain(key.split(':')[1]!.trim())
    })
  })
})
