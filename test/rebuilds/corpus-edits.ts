/** Edits that can be made in any workspace, by what cargo knows of it. Its sources may be empty. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { append, type Edit } from './edit.ts'

interface Member {
  readonly name: string
  readonly manifest_path: string
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
  return (JSON.parse(text) as { packages: readonly Member[] }).packages
}

const LIBRARY = new Set(['lib', 'rlib', 'proc-macro', 'dylib'])

/** @param workspace - as it is before all edits */
export function corpusEdits(workspace: string): readonly Edit[] {
  const members = membersOf(workspace)
  const users = (member: Member): number =>
    members.filter(({ dependencies }) =>
      dependencies.some(({ name, path }) => path !== undefined && name === member.name),
    ).length
  const rootsOf = (isWanted: (kind: string) => boolean): readonly string[] =>
    members
      .toSorted((a, b) => users(b) - users(a))
      .flatMap(({ targets }) => targets)
      .filter(({ kind }) => kind.some(isWanted))
      .map(({ src_path }) => relative(workspace, src_path))
  const libraries = rootsOf((kind) => LIBRARY.has(kind))
  const comment = (name: string, path: string | undefined): readonly Edit[] =>
    path === undefined ? [] : [{ name: `${name}: ${path}`, apply: append(path, '// A comment.') }]
  const folder = relative(
    workspace,
    dirname(members.toSorted((a, b) => users(b) - users(a))[0]!.manifest_path),
  )
  return [
    ...comment('a base crate', libraries[0]),
    ...comment('a leaf', libraries.at(-1)),
    ...comment('a program', rootsOf((kind) => kind === 'bin')[0]),
    ...comment('another program', rootsOf((kind) => kind === 'bin').at(-1)),
    ...comment('a test', rootsOf((kind) => kind === 'test')[0]),
    ...comment('a benchmark', rootsOf((kind) => kind === 'bench')[0]),
    ...comment('an example', rootsOf((kind) => kind === 'example')[0]),
    ...comment('a build script', rootsOf((kind) => kind === 'custom-build')[0]),
    { name: 'a new test', apply: create(join(folder, 'tests', 'of_the_edit.rs'), '') },
    {
      name: 'a new module that nothing names',
      apply: create(join(folder, 'src', 'draft_of_the_edit.rs'), ''),
    },
    { name: 'a readme', apply: create('README.md', '# Changed\n') },
    { name: 'a file at the root', apply: create('Dockerfile', 'FROM scratch\n') },
    { name: 'a comment in the root manifest', apply: append('Cargo.toml', '# A comment.') },
    {
      name: 'a profile for one package',
      apply: append('Cargo.toml', `[profile.dev.package.${members[0]!.name}]\nopt-level = 1`),
    },
    {
      name: 'a rustflag',
      apply: create('.cargo/config.toml', '[build]\nrustflags = ["--cfg", "of_the_edit"]\n'),
    },
  ]
}

function create(path: string, text: string): Edit['apply'] {
  return (folder) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    if (existsSync(join(folder, path))) appendFileSync(join(folder, path), text)
    else writeFileSync(join(folder, path), text)
  }
}
