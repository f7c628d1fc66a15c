/**
 * Where registries serve their packages: `dl` of `config.json` in their index.
 *
 * In: indexes, and cargo's home. Cargo keeps each index it has read there: a sparse one as files, any other
 * as a repository without a checkout. Out: the templates, by index. Nothing is downloaded.
 * Mirrors `config()` of `sources/registry/{http_remote,remote}.rs` of cargo 0.96.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { registryFolderName } from '../../cargo/ids/registry-folder.ts'
import { isCratesIo, type SourceId } from '../../cargo/ids/source-id.ts'
import { Cargo2NixError } from '../../errors.ts'
import { gitEnvironment } from '../ask-git.ts'
import { readText } from '../read-text.ts'
import { runProgram } from '../run-program.ts'

type RegistrySourceId = SourceId & { readonly kind: 'registry' | 'sparse' }

/**
 * Reads the templates of all registries among the sources except crates.io; skips those that cargo has not
 * read.
 *
 * @throws Cargo2NixError `bad-config` for a damaged `config.json`, `program-missing` if an index needs git
 */
export async function registryDownloads(
  sources: Iterable<SourceId>,
  cargoHome: string,
): Promise<ReadonlyMap<string, string>> {
  const registries = new Map<string, RegistrySourceId>()
  for (const source of sources) {
    if (source.kind !== 'registry' && source.kind !== 'sparse') continue
    if (!isCratesIo(source)) registries.set(source.url, { ...source, kind: source.kind })
  }
  const templates = new Map<string, string>()
  for (const [index, source] of registries) {
    const folder = join(cargoHome, 'registry', 'index', registryFolderName(source))
    const template = await templateIn(folder)
    if (template !== undefined) templates.set(index, template)
  }
  return templates
}

async function templateIn(folder: string): Promise<string | undefined> {
  const file = join(folder, 'config.json')
  const text = existsSync(file) ? readText(file) : await textInRepository(folder)
  return text === undefined ? undefined : templateOf(text, file)
}

async function textInRepository(folder: string): Promise<string | undefined> {
  const repository = join(folder, '.git')
  if (!existsSync(repository)) return undefined
  const args = [`--git-dir=${repository}`, 'show', 'refs/remotes/origin/HEAD:config.json']
  const { failed, stdout } = await runProgram('git', args, {
    env: gitEnvironment(),
    hintIfMissing: "it reads the registry's index; or name its downloads in the setting `registries`",
  })
  return failed ? undefined : stdout
}

function templateOf(text: string, path: string): string {
  try {
    const { dl } = JSON.parse(text) as { dl?: unknown }
    if (typeof dl === 'string' && URL.canParse(dl.replaceAll(/[{}]/g, '-'))) return dl
  } catch {
    // As below.
  }
  throw new Cargo2NixError({
    code: 'bad-config',
    path,
    message: '`dl` is no address',
    hint: 'remove the folder, and let `cargo fetch --locked` bring the index again',
  })
}
