/**
 * Which files of a path package each of its targets reads: the same rules as `templates/member-sources.nix`, by which
 * the runtime decides when Nix evaluates. A test holds the two against each other.
 *
 * In: the files of a package that git does not ignore. Out: those of them that a target's source holds.
 */
import type { ManifestReading } from './manifest-readers.ts'
import { moduleTree } from './module-tree.ts'
import { isRust, type SourceFile } from './source-file.ts'

/** What of a package has a source of its own; `target` is `kind:name`. */
export type SourceUser = 'library' | 'library-test' | 'script' | 'script-run' | { readonly target: string }

export interface MemberFacts {
  /** Roots, relative to the package's folder. */
  readonly library: string | undefined
  readonly script: string | undefined
  /** By `kind:name`. */
  readonly targets: ReadonlyMap<string, string>
  readonly readsManifest: ManifestReading
}

const DISCOVERED = /^(?:src\/main\.rs|(?:src\/bin|tests|benches|examples)\/(?:[^/]*|[^/]*\/main)\.rs)$/
const DOCUMENT =
  /^(?:Cargo\.(?:lock|toml)|.*\.md|(?:LICEN[CS]E|COPYING|NOTICE).*|.*\.nix|flake.lock|rust-toolchain(?:\.toml)?|\.(?:editorconfig|envrc|git.*|idea|mailmap|vscode|dockerignore|pre-commit-config.yaml)|(?:\.?rustfmt|\.?clippy|deny|cliff|release|taplo)\.toml|(?:GNU)?[Mm]akefile|\.?[Jj]ustfile|Dockerfile.*|docker-compose.*|docs?|scripts?|\.?ci)$/
const TEST_FOLDERS = ['tests', 'benches', 'examples']

interface Wanted {
  readonly roots: readonly string[]
  /** Documents that are read though no code names them. */
  readonly keeps: readonly string[]
  readonly isDropped: (path: string) => boolean
}

/** A function that gives the files of each user. */
export function memberSources(
  files: readonly SourceFile[],
  facts: MemberFacts,
): (user: SourceUser) => readonly SourceFile[] {
  const code = files.filter(({ relative }) => isRust(relative))
  const script = facts.script === undefined ? [] : [facts.script]
  const modules = moduleTree(code, [
    ...(facts.library === undefined ? [] : [facts.library]),
    ...script,
    ...facts.targets.values(),
    ...code.map(({ relative }) => relative).filter((path) => DISCOVERED.test(path)),
  ])
  const documents = [...new Set(files.map(({ relative }) => relative.split('/')[0]!))].filter((name) =>
    DOCUMENT.test(name),
  )
  const select = (wanted: Wanted): readonly SourceFile[] =>
    selectFiles(files, documents, wanted.roots.flatMap(modules.reachedFrom), wanted)
  const ofTarget = (root: string, readsManifest: boolean): readonly SourceFile[] =>
    select({
      roots: [root],
      keeps: readsManifest ? ['Cargo.toml'] : [],
      isDropped: (path) => modules.isUnread(root, path),
    })
  const scriptCode = script.flatMap(modules.reachedFrom)
  const scriptSays = (part: string): boolean => scriptCode.some((file) => file.text().includes(part))
  const isOfOthers = (path: string): boolean => modules.isUnread(facts.script ?? '', path)
  const { macros, tests, script: manifest } = facts.readsManifest
  const ofRun = (): readonly SourceFile[] => {
    const readsCode =
      !scriptSays('rerun-if-') || ['src', 'MANIFEST_DIR', 'MANIFEST_PATH', 'current_dir'].some(scriptSays)
    const lockfile = ['built', 'shadow_rs'].some(scriptSays) ? ['Cargo.lock'] : []
    const keeps = [...(manifest ? ['Cargo.toml'] : []), ...lockfile]
    return select({ roots: script, keeps, isDropped: readsCode ? () => false : isOfOthers })
  }
  const ofScript = (): readonly SourceFile[] => {
    const includes = ['include!(', 'include_str!(', 'include_bytes!(', '!("CARGO_MANIFEST']
    if (manifest || includes.some(scriptSays)) return ofRun()
    return select({ roots: script, keeps: [], isDropped: (path) => !isRust(path) || isOfOthers(path) })
  }
  return (user) => {
    if (user === 'script-run') return ofRun()
    if (user === 'script') return ofScript()
    if (typeof user === 'string') return ofTarget(facts.library ?? '', user === 'library' ? macros : tests)
    return ofTarget(facts.targets.get(user.target) ?? '', user.target.startsWith('bin:') ? macros : tests)
  }
}

function selectFiles(
  files: readonly SourceFile[],
  documents: readonly string[],
  own: readonly SourceFile[],
  { roots, keeps, isDropped }: Wanted,
): readonly SourceFile[] {
  const needed = new Set(own.map(({ relative }) => relative))
  const says = (part: string): boolean => own.some((file) => file.text().includes(part))
  const forOthers = TEST_FOLDERS.filter(
    (name) => !roots.some((root) => root.startsWith(`${name}/`)) && !says(`${name}/`) && !says(`"${name}"`),
  )
  const read = files.filter(
    ({ relative }) => needed.has(relative) || !(isBelow(relative, forOthers) || isDropped(relative)),
  )
  const code = read.filter(({ relative }) => isRust(relative))
  const isNamed = (name: string): boolean => code.some((file) => names(name, file.text()))
  const unread = documents.filter((name) => !keeps.includes(name) && !isNamed(name))
  return read.filter(({ relative }) => !isBelow(relative, unread))
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
}

/** The name of a folder may be any word. */
function names(name: string, text: string): boolean {
  return /[A-Z.]/.test(name) ? text.includes(name) : text.includes(`${name}/`) || text.includes(`"${name}"`)
}
