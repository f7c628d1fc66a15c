/**
 * Images in container registries, by skopeo. It needs no daemon, no socket and no user namespaces.
 *
 * Credentials come from the environment (`DOCKER_AUTH_CONFIG`, `REGISTRY_AUTH_FILE`, `~/.docker/config.json`).
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import { lastLines, runProgram, type ProgramResult } from './run-program.ts'

/**
 * The digest of what a tag names; undefined if there is no such tag.
 *
 * @param reference `HOST/NAME:TAG`
 */
export async function digestInRegistry(reference: string): Promise<string | undefined> {
  // As text, a manifest keeps its bytes; its end of line is one of them.
  const result = await skopeo(['inspect', '--raw', `docker://${reference}`])
  if (!result.failed) return `sha256:${createHash('sha256').update(result.stdout).digest('hex')}`
  if (/manifest unknown|name unknown|\b404\b|not found|repository name not known/i.test(result.stderr))
    return undefined
  throw registryError(result, `cannot read docker://${reference}`)
}

/** Pushes an OCI archive with all its images and their index, byte for byte. */
export async function pushArchive(file: string, reference: string): Promise<void> {
  const result = await skopeo([
    'copy',
    '--all',
    '--preserve-digests',
    `oci-archive:${file}`,
    `docker://${reference}`,
  ])
  if (result.failed) throw registryError(result, `cannot push to docker://${reference}`)
}

async function skopeo(args: readonly string[]): Promise<ProgramResult> {
  const directory = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-registry-'))
  try {
    // What we copy is our own: there is nobody whose signature a policy could ask for.
    return await runProgram('skopeo', ['--insecure-policy', '--tmpdir', directory, ...args], {
      env: { ...process.env, ...authentication(directory) },
      keepsNewline: true,
      hintIfMissing: 'install skopeo, or use the shell `release.shell` of Cargo.nix, which has it',
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The content of a `config.json` in the variable, as on GitLab, in a file that only this user can read. */
function authentication(directory: string): Readonly<Record<string, string>> {
  const content = process.env['DOCKER_AUTH_CONFIG'] ?? ''
  if (content === '') return {}
  const file = join(directory, 'auth.json')
  writeFileSync(file, content, { mode: 0o600 })
  return { REGISTRY_AUTH_FILE: file }
}

function registryError({ stderr, ended }: ProgramResult, what: string): Cargo2NixError {
  const reason = /msg="((?:[^"\\]|\\.)*)"\s*$/.exec(stderr.trim())?.[1] ?? (lastLines(stderr, 1) || ended)
  const isRefused = /unauthorized|authentication required|denied|\b40[13]\b|invalid username\/password/i.test(
    reason,
  )
  return new Cargo2NixError({
    code: 'network',
    message: `${what}: ${isRefused ? 'it refused: ' : ''}${reason.replaceAll('\\"', '"')}`,
    hint: isRefused
      ? 'log in with `skopeo login`, or put the content of a config.json into DOCKER_AUTH_CONFIG'
      : 'see whether the address is right and the registry can be reached; a registry without TLS needs `insecure = true` in registries.conf',
  })
}
