/** `release push-images`: to a registry with a password, and pulled again for each architecture. */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderWith, type Files } from '../folder.ts'
import { cargo2nix, cargo2nixOrFail, run, runOrFail, type Finished } from '../program.ts'
import { PLATFORMS, writeRelease } from './release-directory.ts'
import { missingPrograms, programFile, registryServer, type Server } from './servers.ts'

const missing = missingPrograms('skopeo', 'docker-registry', 'htpasswd')

interface Config {
  readonly architecture: string
  readonly os: string
  readonly variant?: string
}

describe.skipIf(missing !== '')(`release push-images${missing}`, () => {
  const folders: string[] = []
  const folder = (files: Files = {}): string => {
    const created = folderWith(files)
    folders.push(created)
    return created
  }
  let server: Server
  let project: string
  /** Of skopeo. */
  let calls: string
  let env: NodeJS.ProcessEnv
  beforeAll(async () => {
    server = await registryServer(folder())
    project = folder()
    writeRelease(join(project, 'result'), { version: 'v1.0.0' })
    const bin = folder()
    calls = join(bin, 'calls')
    const wrapper = `#!/bin/sh\nprintf '%s\\n' "$@" >>'${calls}'\nexec ${programFile('skopeo')!} "$@"\n`
    writeFileSync(join(bin, 'skopeo'), wrapper)
    chmodSync(join(bin, 'skopeo'), 0o755)
    env = { ...process.env, ...server.env, PATH: `${bin}:${process.env['PATH']}` }
  })
  afterAll(() => {
    server?.close()
    for (const each of folders) rmSync(each, { recursive: true, force: true })
  })

  const push = (...args: readonly string[]): Promise<Finished> =>
    cargo2nix(['release', 'push-images', '--to', server.url, ...args], { cwd: project, env })

  /** skopeo, logged in as the environment says. */
  const skopeo = async (...args: readonly string[]): Promise<Finished> => {
    const authfile = join(project, 'auth.json')
    writeFileSync(authfile, server.env['DOCKER_AUTH_CONFIG']!)
    return run(programFile('skopeo')!, ['--insecure-policy', ...args], {
      env: { ...env, REGISTRY_AUTH_FILE: authfile },
    })
  }

  test('a dry run pushes nothing', async () => {
    const { status, stdout } = await push('--dry-run')
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /^would push 127\.0\.0\.1:\d+\/owner\/tool:v1\.0\.0@sha256:[0-9a-f]{64} \(linux\/amd64, linux\/arm\/v6\)\n$/,
    )
    expect((await skopeo('inspect', '--raw', `${server.url}:v1.0.0`)).status).not.toBe(0)
  })

  test('each architecture is pulled by the same tag, and runs its own program', async () => {
    expect(await push()).toMatchObject({ status: 0, stdout: expect.stringMatching(/^pushed /) })
    for (const { triple, architecture, variant, os } of PLATFORMS) {
      const directory = join(folder(), 'image')
      const wanted = [
        '--override-arch',
        architecture!,
        ...(variant === null ? [] : ['--override-variant', variant]),
      ]
      const pulled = await skopeo(...wanted, 'copy', '--quiet', `${server.url}:v1.0.0`, `dir:${directory}`)
      expect(pulled).toMatchObject({ status: 0 })
      const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as {
        readonly config: { readonly digest: string }
        readonly layers: readonly { readonly digest: string }[]
      }
      const blob = (digest: string): string => join(directory, digest.replace('sha256:', ''))
      const config = JSON.parse(readFileSync(blob(manifest.config.digest), 'utf8')) as Config
      expect(config).toMatchObject({ os, architecture, ...(variant === null ? {} : { variant }) })
      const { stdout } = await runOrFail('tar', [
        '--extract',
        '--gzip',
        '--to-stdout',
        '--file',
        blob(manifest.layers[0]!.digest),
        'tool',
      ])
      expect(stdout).toContain(`for ${triple}`)
    }
  })

  test('pushing the same again changes nothing, and the digest is that of the registry', async () => {
    const { stdout } = await push('--json')
    const said = JSON.parse(stdout) as { readonly image: string; readonly pushed: boolean }
    expect(said.pushed).toBe(false)
    const inspected = await skopeo('inspect', '--format', '{{.Digest}}', `${server.url}:v1.0.0`)
    expect(said.image.endsWith(`@${inspected.stdout.trim()}`)).toBe(true)
  })

  test('another image under the same tag is refused', async () => {
    const other = folder()
    writeRelease(other, { version: 'v1.0.0', content: 'changed' })
    const refused = await push(other)
    expect(refused.status).toBe(2)
    expect(refused.stderr).toMatch(
      /error: \S+:v1\.0\.0 is already another image: sha256:\w+ instead of sha256:/,
    )
    expect(JSON.parse((await push('--json')).stdout)).toMatchObject({ pushed: false })
  })

  test('a wrong password is refused as such; the right one is in no argument and no output', async () => {
    const { auths } = JSON.parse(server.env['DOCKER_AUTH_CONFIG']!) as {
      readonly auths: Readonly<Record<string, { readonly auth: string }>>
    }
    const [host, { auth: secret }] = Object.entries(auths)[0]!
    const wrong = JSON.stringify({
      auths: { [host]: { auth: Buffer.from('publisher:wrong').toString('base64') } },
    })
    const next = folder()
    writeRelease(next, { version: 'v1.0.1' })
    const args = ['release', 'push-images', '--to', server.url, next]
    const refused = await cargo2nix(args, { cwd: project, env: { ...env, DOCKER_AUTH_CONFIG: wrong } })
    expect(refused.status).toBe(2)
    expect(refused.stderr).toMatch(/error: .* it refused: /)
    expect(refused.stderr).toContain('hint: log in with `skopeo login`')
    const said = await cargo2nixOrFail(args, { cwd: project, env })
    const everything = [readFileSync(calls, 'utf8'), refused.stderr, said.stdout, said.stderr].join('\n')
    expect(everything).toContain('oci-archive:')
    for (const text of [secret, Buffer.from(secret, 'base64').toString().replace('publisher:', '')])
      expect(everything).not.toContain(text)
  })

  test.each([
    'docker://host',
    'docker://host/Name',
    'docker://host/name:tag',
    'https://host/name',
    'docker://u:hush@host/name',
  ])('%s is refused', async (to) => {
    const { status, stderr } = await cargo2nix(['release', 'push-images', '--to', to], { cwd: project, env })
    expect(status).toBe(2)
    expect(stderr).toContain('is not a repository of a registry')
    expect(stderr).not.toContain('hush')
  })
})
