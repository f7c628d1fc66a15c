/** `init`: adds only what is absent, for the forge at hand, in files that the forges' own parsers accept. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NoOperationTraceWriter, parseWorkflow, convertWorkflowTemplate } from '@actions/workflow-parser'
import { afterEach, describe, expect, test } from 'vitest'
import { forgeOf } from '../src/nix/jobs/project-files.ts'
import { filesIn, folderWith, type Files } from './folder.ts'
import { cargo2nix, cargo2nixOrFail, run } from './program.ts'
import { checkJsonSchema, CHECKER_MISSING } from './json-schema.ts'

const PROGRAM: Files = {
  'Cargo.toml': '[workspace]\nmembers = ["app", "base"]\nresolver = "2"\n',
  'app/Cargo.toml':
    '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nbase = { path = "../base" }\n',
  'app/src/main.rs': 'fn main() {}\n',
  'base/Cargo.toml': '[package]\nname = "base"\nversion = "0.1.0"\nedition = "2021"\n',
  'base/src/lib.rs': '',
}

const FILES: readonly (readonly [string, string, string])[] = [
  ['github', '.github/workflows/nix.yml', 'github-workflows'],
  ['forgejo', '.forgejo/workflows/nix.yml', 'github-workflows'],
  ['gitlab', '.gitlab-ci.yml', 'gitlab-ci'],
  ['woodpecker', '.woodpecker/nix.yml', 'woodpecker-ci'],
  ['woodpecker', '.woodpecker/targets.yml', 'woodpecker-ci'],
  ['woodpecker', '.woodpecker/release.yml', 'woodpecker-ci'],
]

describe('init', () => {
  const directories: string[] = []
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
  })

  function workspace(files: Files = PROGRAM): string {
    const directory = folderWith(files)
    directories.push(directory)
    execFileSync('cargo', ['generate-lockfile', '--offline', '--quiet'], { cwd: directory })
    return directory
  }

  test('init writes a flake and the generated files, and ends with the next command', async () => {
    const cwd = workspace()
    const { stdout } = await cargo2nixOrFail(['init'], { cwd })
    expect(stdout).toMatch(/^wrote flake\.nix\nwrote nix/)
    expect(stdout).toMatch(/Next:\n {2}nix build\n {2}nix flake check\n$/)
    expect(readFileSync(join(cwd, 'flake.nix'), 'utf8')).toContain('default = cargo.packages.app;')
    expect(existsSync(join(cwd, 'nix', 'Cargo.nix'))).toBe(true)
  })

  test('the flake is for the build platforms of the settings', async () => {
    const systems = async (more: string, ...args: readonly string[]): Promise<readonly string[]> => {
      const cwd = workspace({ ...PROGRAM, 'Cargo.toml': `${PROGRAM['Cargo.toml']}${more}` })
      await cargo2nixOrFail(['init', ...args], { cwd })
      const [, list] = /systems = \[([^\]]*)\];/.exec(readFileSync(join(cwd, 'flake.nix'), 'utf8'))!
      return list!.match(/[\w-]+/g)!
    }
    const all = ['x86_64-linux', 'aarch64-linux', 'x86_64-darwin', 'aarch64-darwin']
    expect((await systems('')).toSorted()).toEqual(all.toSorted())
    const some = '[workspace.metadata.cargo2nix]\nhosts = ["riscv64-linux", "x86_64-linux"]\n'
    expect((await systems(some)).toSorted()).toEqual(['riscv64-linux', 'x86_64-linux'])
    expect(await systems('', '--host', 'aarch64-unknown-linux-gnu')).toEqual(['aarch64-linux'])
  })

  test('with several programs none is the default, and a member has to be named', async () => {
    const cwd = workspace({ ...PROGRAM, 'base/src/main.rs': 'fn main() {}\n' })
    const { stdout } = await cargo2nixOrFail(['init'], { cwd })
    expect(stdout).toContain('nix build .#MEMBER')
    expect(readFileSync(join(cwd, 'flake.nix'), 'utf8')).toContain('forAllSystems (cargo: cargo.packages);')
  })

  test('init keeps every existing file, whoever wrote it', async () => {
    const cwd = workspace()
    writeFileSync(join(cwd, 'flake.nix'), '{ outputs = _: { }; }\n')
    const { stdout } = await cargo2nixOrFail(['init', '--ci', 'gitlab'], { cwd })
    expect(stdout).toMatch(/^kept flake\.nix, which exists\nwrote \.gitlab-ci\.yml\n/)
    expect(readFileSync(join(cwd, 'flake.nix'), 'utf8')).toBe('{ outputs = _: { }; }\n')
    const before = filesIn(cwd)
    expect((await cargo2nixOrFail(['init', '--ci', 'gitlab'], { cwd })).stdout).toContain(
      'kept .gitlab-ci.yml',
    )
    expect(filesIn(cwd)).toEqual(before)
  })

  describe('the commands to type next', () => {
    const next = async (cwd: string, ...args: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await cargo2nixOrFail(['init', '--json', ...args], { cwd })
      return (JSON.parse(stdout) as { next: readonly string[] }).next
    }
    const git = (cwd: string, ...args: readonly string[]): Buffer => execFileSync('git', args, { cwd })

    test('in a repository, git learns of the files that a flake needs, whatever it tracks already', async () => {
      const cwd = workspace({ ...PROGRAM, '.gitignore': '/target\n' })
      git(cwd, 'init', '--quiet')
      expect((await next(cwd))[0]).toBe('git add .')
      git(cwd, 'add', 'Cargo.toml', 'app', 'base')
      expect((await next(cwd))[0]).toBe('git add nix flake.nix Cargo.lock')
      writeFileSync(join(cwd, '.gitignore'), '/target\nCargo.lock\n')
      expect((await next(cwd)).slice(0, 2)).toEqual(['git add nix flake.nix', 'git add --force Cargo.lock'])
      for (const command of await next(cwd))
        if (command.startsWith('git ')) execFileSync('sh', ['-c', command], { cwd })
      const staged = git(cwd, 'ls-files').toString().split('\n')
      expect(staged).toEqual(expect.arrayContaining(['Cargo.lock', 'flake.nix', 'nix/Cargo.nix']))
      expect((await next(cwd))[0]).toBe('git add nix flake.nix')
    })

    test("in a member's directory, they begin at the workspace's root", async () => {
      const cwd = workspace()
      expect(await next(join(cwd, 'app', 'src'))).toEqual(['cd ../..', 'nix build', 'nix flake check'])
    })

    test('a flake of the user gets a hint, unless it has the generated files already', async () => {
      const cwd = workspace({ ...PROGRAM, 'flake.nix': '{ outputs = _: { }; }\n' })
      const [hint, check] = await next(cwd)
      expect([hint, check]).toEqual([expect.stringMatching(/^# add to flake\.nix: /), 'nix flake check'])
      const expression = /: (\(.*\))\.packages/.exec(hint!)![1]!
      writeFileSync(join(cwd, 'flake.nix'), `{ outputs = { pkgs, ... }: ${expression}; }\n`)
      expect(await next(cwd)).toEqual(['nix build', 'nix flake check'])
    })

    test.each([
      ['rust-toolchain.toml', '[toolchain]\nchannel = "1.80"\n', true],
      ['rust-toolchain', 'nightly-2026-05-20\n', true],
      ['rust-toolchain.toml', '[toolchain]\nchannel = "stable"\n', false],
      ['rust-toolchain.toml', '[toolchain]\ncomponents = ["rust-src"]\n', false],
    ])('with %s (%j), pinning that toolchain comes first: %s', async (name, text, isPinned) => {
      const cwd = workspace()
      // Not before cargo has run, which would want that toolchain.
      writeFileSync(join(cwd, name), text)
      const [first] = await next(cwd)
      if (isPinned) expect(first).toBe(`cargo2nix-ts toolchain update   # pins what ${name} requests`)
      else expect(first).toBe('nix build')
    })

    test('a library alone is the default package', async () => {
      const cwd = workspace({
        'Cargo.toml': '[package]\nname = "base"\nversion = "0.1.0"\nedition = "2021"\n',
        'src/lib.rs': '',
      })
      expect((await next(cwd))[0]).toBe('nix build')
      expect(readFileSync(join(cwd, 'flake.nix'), 'utf8')).toContain('default = cargo.packages.base;')
    })

    test('what is no readable flake is kept, too', async () => {
      const cwd = workspace()
      symlinkSync('nowhere', join(cwd, 'flake.nix'))
      expect((await next(cwd)).at(-1)).toBe('nix flake check')
    })
  })

  test('with --out, the flake imports the files from there', async () => {
    const cwd = workspace()
    await cargo2nixOrFail(['init', '--out', 'build/nix files'], { cwd })
    expect(readFileSync(join(cwd, 'flake.nix'), 'utf8')).toContain(
      'import (./. + "/build/nix files/Cargo.nix") {',
    )
    await cargo2nixOrFail(['init', '--no-flake', '--out', 'build'], { cwd })
    expect(readFileSync(join(cwd, 'default.nix'), 'utf8')).toContain('import ./build/Cargo.nix {')
    expect(await cargo2nix(['init', '--ci', 'github', '--out', 'build'], { cwd })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--out'),
    })
  })

  test('--dry-run writes nothing', async () => {
    const cwd = workspace()
    const before = filesIn(cwd)
    const { stdout } = await cargo2nixOrFail(['init', '--dry-run', '--ci', 'github'], { cwd })
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'would write flake.nix',
      'would write .github/workflows/nix.yml',
      'would generate nix/',
    ])
    expect(filesIn(cwd)).toEqual(before)
  })

  test('--no-flake writes a default.nix that Nix reads', async () => {
    const cwd = workspace()
    await cargo2nixOrFail(['init', '--no-flake'], { cwd })
    expect(existsSync(join(cwd, 'flake.nix'))).toBe(false)
    expect(readFileSync(join(cwd, 'default.nix'), 'utf8')).toContain('.packages.app\n')
    const { status } = await run('nix-instantiate', ['--parse', 'default.nix'], { cwd }).catch(() => ({
      status: 0,
    }))
    expect(status).toBe(0)
  })

  test("names the CI of the remote's forge, and refuses one that it does not know", async () => {
    const cwd = workspace()
    execFileSync('git', ['init', '--quiet'], { cwd })
    execFileSync('git', ['remote', 'add', 'origin', 'git@github.com:someone/app.git'], { cwd })
    expect((await cargo2nixOrFail(['init'], { cwd })).stdout).toContain(
      'cargo2nix-ts init --ci github --flake-ref REF\n',
    )
    await cargo2nixOrFail(['init', '--ci', 'github'], { cwd })
    expect((await cargo2nixOrFail(['init'], { cwd })).stdout).not.toContain('--ci')
    const refused = await cargo2nix(['init', '--ci', 'jenkins'], { cwd })
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('github, gitlab, forgejo, woodpecker'),
    })
  })

  test.each([
    ['git@github.com:a/b.git', 'github'],
    ['https://token@github.com/a/b', 'github'],
    ['ssh://git@gitlab.com:2222/a/b', 'gitlab'],
    ['https://gitlab.example.org/a/b', 'gitlab'],
    ['https://codeberg.org/a/b', 'forgejo'],
    ['git@forgejo.example.org:a/b', 'forgejo'],
    ['https://gitea.com/a/b.git', 'github'],
    ['git@git.sr.ht:~a/b', undefined],
    ['https://git.example.org/github.com/b', undefined],
    ['/srv/git/b.git', undefined],
    ['', undefined],
  ])('the forge of %j is %s', (remote, forge) => {
    expect(forgeOf(remote)).toBe(forge)
  })

  describe('the files for forges', () => {
    const REFERENCE = 'git+https://git.example.org/cargo2nix-ts?ref=main'

    /** @param inside the workspace's place in its repository */
    const text = async (forge: string, path: string, inside = ''): Promise<string> => {
      const settings = `[workspace.metadata.cargo2nix]\ntargets = ["x86_64-unknown-linux-musl"]\n[workspace.metadata.cargo2nix.release]\n`
      const files = Object.entries({ ...PROGRAM, 'Cargo.toml': `${PROGRAM['Cargo.toml']}${settings}` })
      const top = folderWith(Object.fromEntries(files.map(([name, each]) => [join(inside, name), each])))
      directories.push(top)
      const cwd = join(top, inside)
      execFileSync('cargo', ['generate-lockfile', '--offline', '--quiet'], { cwd })
      execFileSync('git', ['init', '--quiet'], { cwd: top })
      await cargo2nixOrFail(['init', '--ci', forge, '--flake-ref', REFERENCE], { cwd })
      expect(existsSync(join(cwd, 'flake.nix'))).toBe(true)
      return readFileSync(join(top, path), 'utf8')
    }

    test.each(FILES)('%s: %s names the flake reference once', async (forge, path) => {
      const content = await text(forge, path)
      expect(content.split(`'${REFERENCE}'\n`)).toHaveLength(2)
      expect(content).toMatch(/nix (?:run|shell) "\$CARGO2NIX"/)
    })

    test('without --flake-ref, a note says what to fill in and where, until it is', async () => {
      const cwd = workspace()
      const { stderr } = await cargo2nixOrFail(['init', '--ci', 'gitlab'], { cwd })
      expect(stderr).toMatch(/^note: REF in \.gitlab-ci\.yml is a placeholder/m)
      expect(readFileSync(join(cwd, '.gitlab-ci.yml'), 'utf8')).toContain("CARGO2NIX: 'REF'\n")
      const again = await cargo2nixOrFail(['init', '--ci', 'gitlab'], { cwd })
      expect(again.stderr).not.toContain('placeholder')
    })

    test.each(['a b', '', "x'y", '$(date)', '--help', 'a\nb'])(
      '--flake-ref %j is refused',
      async (reference) => {
        const cwd = workspace()
        const { status, stderr } = await cargo2nix(['init', '--ci', 'github', `--flake-ref=${reference}`], {
          cwd,
        })
        expect({ status, stderr }).toEqual({
          status: 2,
          stderr: expect.stringContaining('is not a flake reference'),
        })
        expect(existsSync(join(cwd, '.github'))).toBe(false)
      },
    )

    test.each([
      ['github', '.github/workflows/nix.yml', 'working-directory: "tools/my app"'],
      ['forgejo', '.forgejo/workflows/nix.yml', 'working-directory: "tools/my app"'],
      ['gitlab', '.gitlab-ci.yml', `- "cd 'tools/my app'"`],
      ['woodpecker', '.woodpecker/nix.yml', 'directory: "tools/my app"'],
    ])(
      "%s: below a repository's root, %s is at its root, and jobs go to the workspace",
      async (forge, path, says) => {
        expect(await text(forge, path, 'tools/my app')).toContain(says)
      },
    )

    test('below the root of a repository, the child pipeline of GitLab goes to the workspace, too', async () => {
      const top = folderWith(
        Object.fromEntries(Object.entries(PROGRAM).map(([name, each]) => [join('app', name), each])),
      )
      directories.push(top)
      const cwd = join(top, 'app')
      execFileSync('git', ['init', '--quiet'], { cwd: top })
      execFileSync('cargo', ['generate-lockfile', '--offline', '--quiet'], { cwd })
      const pipeline = async (): Promise<Record<string, object>> =>
        JSON.parse((await cargo2nixOrFail(['jobs', '--gitlab'], { cwd })).stdout) as Record<string, object>
      expect((await pipeline())['build:x86_64-unknown-linux-gnu']).toMatchObject({
        before_script: ['cd app'],
      })
      writeFileSync(join(top, '.gitignore'), 'app\n')
      expect((await pipeline())['build:x86_64-unknown-linux-gnu']).not.toHaveProperty('before_script')
    })

    test('woodpecker: one workflow per target, and one that publishes where there are releases', async () => {
      const targets = await text('woodpecker', '.woodpecker/targets.yml')
      expect(targets).toContain('\n  TARGET:\n    - x86_64-unknown-linux-musl\n\n')
      expect(targets).toContain(`--attr 'release."\${TARGET}"'`)
      const cwd = workspace()
      const { stdout } = await cargo2nixOrFail(['init', '--ci', 'woodpecker'], { cwd })
      expect(stdout).toContain('wrote .woodpecker/targets.yml')
      expect(existsSync(join(cwd, '.woodpecker', 'release.yml'))).toBe(false)
      const plain = readFileSync(join(cwd, '.woodpecker', 'targets.yml'), 'utf8')
      expect(plain).toContain('    - x86_64-unknown-linux-gnu\n')
      expect(plain).not.toContain('darwin')
      expect(plain).not.toContain('release."')
    })

    test.each([
      ['github', '.github/workflows/nix.yml'],
      ['forgejo', '.forgejo/workflows/nix.yml'],
    ])("%s: the workflow passes GitHub's own parser, expressions included", async (forge, path) => {
      const content = await text(forge, path)
      const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter())
      expect(context.errors.getErrors()).toEqual([])
      const template = await convertWorkflowTemplate(context, value!)
      expect(template.errors ?? []).toEqual([])
      expect(template.jobs.map(({ id }) => id.value)).toEqual(['plan', 'build', 'publish'])
    })

    const missing = checkJsonSchema === undefined
    test.skipIf(missing).each(FILES)(
      `%s: %s fits the schema %s${missing ? ` (skipped: ${CHECKER_MISSING})` : ''}`,
      async (forge, path, schema) => {
        const directory = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
        directories.push(directory)
        for (const inside of ['', 'tools/my app']) {
          const file = join(directory, 'ci.yml')
          const content = await text(forge, path, inside)
          writeFileSync(file, content)
          await checkJsonSchema!(schema, file)
          expect(content).not.toMatch(/@(?:flake|targets|released)@/)
        }
      },
    )
  })
})
