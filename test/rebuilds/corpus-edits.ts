/** Edits that work in any workspace, derived from cargo's view of it. Its sources may be empty. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { append, replace, type Edit } from './edit.ts'

interface Member {
  readonly name: string
  readonly manifest_path: string
  /** The workspace's directory. */
  readonly root: string
  readonly dependencies: readonly {
    readonly name: string
    readonly path?: string
    readonly kind: string | null
  }[]
  readonly targets: readonly { readonly kind: readonly string[]; readonly src_path: string }[]
}

function membersOf(workspace: string): readonly Member[] {
  const args = ['metadata', '--no-deps', '--format-version=1', '--offline']
  const env = { ...process.env, RUSTUP_TOOLCHAIN: 'stable' }
  const text = execFileSync('cargo', args, {
    cwd: workspace,
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const { packages } = JSON.parse(text) as { packages: readonly Omit<Member, 'root'>[] }
  return packages.map((member) => ({ ...member, root: workspace }))
}

const LIBRARY = new Set(['lib', 'rlib', 'proc-macro', 'dylib'])

/** @param workspace - as it is before all edits */
export function corpusEdits(workspace: string): readonly Edit[] {
  const members = membersOf(workspace)
  const users = (member: Member): number =>
    members.filter(({ dependencies }) =>
      dependencies.some(({ name, path }) => path !== undefined && name === member.name),
    ).length
  const byUsers = members.toSorted((a, b) => users(b) - users(a))
  const rootsOf = (isWanted: (kind: string) => boolean): readonly string[] =>
    byUsers
      .flatMap(({ targets }) => targets)
      .filter(({ kind }) => kind.some(isWanted))
      .map(({ src_path }) => relative(workspace, src_path))
  const folderOf = (member: Member): string => relative(workspace, dirname(member.manifest_path))
  const base = byUsers[0]!
  const leaf = byUsers.at(-1)!
  const libraries = rootsOf((kind) => LIBRARY.has(kind))
  const programs = rootsOf((kind) => kind === 'bin')
  return [
    ...comments('a base crate', libraries.slice(0, 3)),
    ...comments('a leaf', libraries.slice(3).slice(-3)),
    ...comments('a program', ends(programs)),
    ...comments('a test', ends(rootsOf((kind) => kind === 'test'))),
    ...comments('a benchmark', ends(rootsOf((kind) => kind === 'bench'))),
    ...comments('an example', ends(rootsOf((kind) => kind === 'example'))),
    ...comments('a build script', ends(rootsOf((kind) => kind === 'custom-build'))),
    ...ends(libraries).map((path) => ({
      name: `a function: ${path}`,
      apply: append(path, 'pub fn of_the_edit() -> u8 {\n    1\n}'),
    })),
    ...ends(libraries).map((path) => ({
      name: `a function body: ${path}`,
      apply: replace(path, '    1\n', '    2\n'),
    })),
    ...['tests', 'benches', 'examples'].map((kind) => ({
      name: `something new in ${kind}`,
      apply: create(join(folderOf(base), kind, 'of_the_edit.rs'), 'fn main() {}\n'),
    })),
    {
      name: 'a new module that nothing names',
      apply: create(join(folderOf(base), 'src', 'draft_of_the_edit.rs'), ''),
    },
    ...otherFiles(folderOf(base)),
    ...settings(base, leaf),
    {
      name: 'the toolchain',
      apply: (_, state) => {
        state.toolchain = 'other'
      },
      untold: 'it is given to Cargo.nix as an argument',
    },
    {
      name: 'the name of the checkout',
      apply: (folder, state) => {
        state.workspace = join(dirname(folder), 'another name')
        renameSync(folder, state.workspace)
      },
    },
  ]
}

function ends(paths: readonly string[]): readonly string[] {
  return paths.length < 2 ? paths : [paths[0]!, paths.at(-1)!]
}

function comments(name: string, paths: readonly string[]): readonly Edit[] {
  return paths.map((path) => ({ name: `${name}: ${path}`, apply: append(path, '// A comment.') }))
}

function otherFiles(base: string): readonly Edit[] {
  return [
    { name: 'the readme of the root', apply: create('README.md', 'Changed.\n') },
    { name: 'a licence of a base crate', apply: create(join(base, 'LICENSE-OF-THE-EDIT'), 'Yours.\n') },
    { name: 'a file at the root', apply: create('Dockerfile', 'FROM scratch\n') },
    { name: 'a workflow', apply: create('.github/workflows/of-the-edit.yml', 'on: push\n') },
    { name: 'an ignored file', apply: create('target/of-the-edit.log', 'x\n') },
  ]
}

const CONFIG = '.cargo/config.toml'

function settings(base: Member, leaf: Member): readonly Edit[] {
  const at = (member: Member): Edit['apply'] => {
    return (folder) => appendFileSync(join(folder, relativeManifest(member)), '\n# A comment.\n')
  }
  const relativeManifest = (member: Member): string => member.manifest_path.slice(member.root.length + 1)
  const larger = {
    units: / test /,
    reason: 'a test that is made with a parser of manifests may read its own when it runs',
  }
  return [
    { name: 'a comment in the manifest of a base crate', apply: at(base), larger },
    { name: 'a comment in the manifest of a leaf', apply: at(leaf), larger },
    { name: 'a comment in the root manifest', apply: append('Cargo.toml', '# A comment.') },
    {
      name: 'a feature that is off',
      apply: (folder) => {
        const path = join(folder, relativeManifest(base))
        const text = readFileSync(path, 'utf8')
        const line = 'of-the-edit = []\n'
        writeFileSync(
          path,
          /^\[features\]$/m.test(text)
            ? text.replace(/^\[features\]\n/m, `[features]\n${line}`)
            : `${text}\n[features]\n${line}`,
        )
      },
    },
    { name: 'a profile that is not used', apply: create(CONFIG, '[profile.slow]\ninherits = "dev"\n') },
    {
      name: 'a profile for one package',
      apply: create(CONFIG, `[profile.dev.package.${base.name}]\nopt-level = 1\n`),
    },
    {
      name: 'a profile for build scripts',
      apply: create(CONFIG, '[profile.dev.build-override]\ncodegen-units = 7\n'),
    },
    { name: 'a field of the profile', apply: create(CONFIG, '[profile.dev]\noverflow-checks = false\n') },
    {
      name: 'a rustflag for another target',
      apply: create(CONFIG, '[target.wasm32-wasip1]\nrustflags = ["--cfg", "other"]\n'),
    },
    {
      name: 'a rustflag',
      apply: create(CONFIG, '[target.\'cfg(all())\']\nrustflags = ["--cfg", "of_the_edit"]\n'),
    },
  ]
}

function create(path: string, text: string): Edit['apply'] {
  return (folder) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    if (existsSync(join(folder, path))) appendFileSync(join(folder, path), `\n${text}`)
    else writeFileSync(join(folder, path), text)
  }
}
