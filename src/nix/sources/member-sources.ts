/**
 * Which files of a path package each of its targets reads: the same rules as `templates/sources/member-sources.nix`, by which
 * the runtime decides when Nix evaluates. A test holds the two against each other.
 *
 * In: the files of a package that git does not ignore. Out: those of them that a target's source holds.
 */
import type { Reading } from './manifest-readers.ts'
import { moduleTree, type ModuleTree } from './module-tree.ts'
import { includesByVariable, isRust, type SourceFile } from './source-file.ts'

/** What of a package has a source of its own; `target` is `kind:name`. */
export type SourceUser = 'library' | 'library-test' | 'script' | 'script-run' | { readonly target: string }

export interface MemberFacts {
  /** Roots, relative to the package's folder. */
  readonly library: string | undefined
  readonly script: string | undefined
  /** By `kind:name`. */
  readonly targets: ReadonlyMap<string, string>
  readonly reading: () => Reading
}

const DISCOVERED = /^(?:src\/main\.rs|(?:src\/bin|tests|benches|examples)\/(?:[^/]*|[^/]*\/main)\.rs)$/
const DOCUMENT =
  /^(?:Cargo\.(?:lock|toml)|.*\.md|(?:LICEN[CS]E|COPYING|NOTICE).*|.*\.nix|flake.lock|rust-toolchain(?:\.toml)?|\.(?:cargo|config|editorconfig|envrc|git.*|idea|mailmap|vscode|dockerignore|pre-commit-config.yaml)|(?:\.?rustfmt|\.?clippy|deny|cliff|release|taplo)\.toml|(?:GNU)?[Mm]akefile|\.?[Jj]ustfile|Dockerfile.*|docker-compose.*|docs?|scripts?|\.?ci)$/
const TEST_FOLDERS = ['tests', 'benches', 'examples']

interface Wanted {
  readonly roots: readonly string[]
  /** Documents that are read though no code names them. */
  readonly keeps?: readonly string[]
  readonly isDropped: (path: string) => boolean
  /** Of a file in a folder for tests to which nothing leads. */
  readonly isForOthers?: (path: string) => boolean
  /** No document is left out. */
  readonly readsAll?: boolean
}

export interface Source {
  readonly files: readonly SourceFile[]
  /** Those whose text tells what is read elsewhere. */
  readonly readers: readonly SourceFile[]
}

export interface MemberSources {
  readonly of: (user: SourceUser) => Source
  /** The files of the library. */
  readonly libraryCode: readonly SourceFile[]
}

/** Words of code that reads files which it does not name. */
const LOOKING = ['read_dir', 'walkdir', 'WalkDir', 'WalkBuilder', 'glob']
const PLACES = ['MANIFEST_DIR', 'current_dir', 'file!()']
const CODE_READING =
  'read_dir walkdir WalkDir WalkBuilder glob src MANIFEST_DIR MANIFEST_PATH current_dir "." cbindgen csbindgen diplomat swift_bridge uniffi'.split(
    ' ',
  )
const INCLUDING = [
  'include!(',
  'include_',
  'embed',
  'folder =',
  'template',
  '!("CARGO_MANIFEST',
  '!("$CARGO_MANIFEST',
]

/** Which files each user reads. */
export function memberSources(files: readonly SourceFile[], facts: MemberFacts): MemberSources {
  const code = files.filter(({ relative }) => isRust(relative))
  const script = facts.script === undefined ? [] : [facts.script]
  const modules = moduleTree(code, [
    ...(facts.library === undefined ? [] : [facts.library]),
    ...script,
    ...facts.targets.values(),
    ...code.map(({ relative }) => relative).filter((path) => DISCOVERED.test(path)),
  ])
  const selection = { files, modules, documents: documentsIn(files) }
  const ofTarget = (use: 'macros' | 'tests', root: string): Source =>
    select(selection, {
      roots: [root],
      isDropped: (path) => modules.isUnread(root, path),
      keeps: facts.reading()[use] ? ['Cargo.toml'] : [],
      readsAll: facts.reading().hidden[use],
    })
  const ofTest = (root: string): Source => {
    const own = modules.reachedFrom(root)
    const looks = says(PLACES, own) && (facts.reading().tests || says(LOOKING, own))
    return looks ? sourceFrom(files, modules) : ofTarget('tests', root)
  }
  return {
    libraryCode: facts.library === undefined ? [] : modules.reachedFrom(facts.library),
    of(user) {
      if (user === 'script-run') return ofRun(selection, facts, script)
      if (user === 'script') return ofScript(selection, facts, script)
      if (user === 'library') return ofTarget('macros', facts.library ?? '')
      if (user === 'library-test') return ofTest(facts.library ?? '')
      const root = facts.targets.get(user.target) ?? ''
      return user.target.startsWith('bin:') ? ofTarget('macros', root) : ofTest(root)
    },
  }
}

interface Selection {
  readonly files: readonly SourceFile[]
  readonly modules: ModuleTree
  /** Documents and what is for other tools: of these, code reads only what it names. */
  readonly documents: readonly string[]
}

function documentsIn(files: readonly SourceFile[]): readonly string[] {
  return [...new Set(files.map(({ relative }) => relative.split('/')[0]!))].filter((name) =>
    DOCUMENT.test(name),
  )
}

function ofRun(selection: Selection, facts: MemberFacts, roots: readonly string[]): Source {
  const { reading, script, library, targets } = facts
  const { modules } = selection
  const programs = [...targets].filter(([name]) => name.startsWith('bin:')).map(([, root]) => root)
  const code = roots.flatMap(modules.reachedFrom)
  const saysWhatItReads = says(['rerun-if-'], code)
  const readsCode =
    !saysWhatItReads ||
    says([...CODE_READING, ...programs, ...(library === undefined ? [] : [library])], code)
  return select(selection, {
    roots,
    isDropped: readsCode ? () => false : (path) => modules.isUnread(script ?? '', path),
    isForOthers: (path) => saysWhatItReads || path.endsWith('.rs'),
    readsAll: !saysWhatItReads || reading().script || reading().hidden.script || says(LOOKING, code),
  })
}

function ofScript(selection: Selection, facts: MemberFacts, roots: readonly string[]): Source {
  const { modules } = selection
  const { scriptMacros, hidden } = facts.reading()
  if (scriptMacros || hidden.script || says(INCLUDING, roots.flatMap(modules.reachedFrom)))
    return ofRun(selection, facts, roots)
  return select(selection, {
    roots,
    isDropped: (path) => !path.endsWith('.rs') || modules.isUnread(facts.script ?? '', path),
  })
}

function select({ files, documents, modules }: Selection, wanted: Wanted): Source {
  const { roots, keeps = [], isDropped, isForOthers = () => true, readsAll = false } = wanted
  const own = roots.flatMap(modules.reachedFrom)
  const needed = new Set(own.map(({ relative }) => relative))
  const forTests = TEST_FOLDERS.filter(
    (name) => !roots.some((root) => root.startsWith(`${name}/`)) && !says([`${name}/`, `${name}"`], own),
  )
  const read = files.filter(
    ({ relative }) =>
      needed.has(relative) ||
      !((isBelow(relative, forTests) && isForOthers(relative)) || isDropped(relative)),
  )
  const { readers } = sourceFrom(read, modules)
  const unread = documents.filter(
    (name) =>
      // What is for git and its hosts, or for editors, is not read by walking around either.
      !(readsAll && !name.startsWith('.')) &&
      !keeps.includes(name) &&
      !readers.some((file) => names(name, file.text())),
  )
  const kept = read.filter(({ relative }) => needed.has(relative) || !isBelow(relative, unread))
  return { files: kept, readers }
}

/** What no target leads to is mostly data, and is not looked into. */
function sourceFrom(files: readonly SourceFile[], modules: ModuleTree): Source {
  const readers = files.filter(
    ({ relative }) => isRust(relative) && (modules.isExplained(relative) || relative.startsWith('src/')),
  )
  return { files, readers }
}

function says(parts: readonly string[], files: readonly SourceFile[]): boolean {
  return files.some((file) => parts.some((part) => file.text().includes(part)))
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
}

/** The name of a folder may be any word. Names of files are also made of pieces. */
function names(name: string, text: string): boolean {
  const stem = /^(.+)\.[^.]*$/.exec(name)?.[1]
  const parts = /[A-Z.]/.test(name)
    ? [name, ...(stem === undefined ? [] : [`"${stem}"`, `/${stem}"`])]
    : [`${name}/`, `${name}"`]
  return includesByVariable(text) || parts.some((part) => text.includes(part))
}
