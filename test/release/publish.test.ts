/** `release publish`: to a directory, over SFTP and to S3; what is published is complete and is never replaced. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesIn, folderWith, type Files } from '../folder.ts'
import { cargo2nix, cargo2nixOrFail, type Finished } from '../program.ts'
import { killTenTimes } from './kills.ts'
import { writeRelease } from './release-directory.ts'
import { missingPrograms, programFile, s3Server, sftpServer, type Server } from './servers.ts'

const missing = missingPrograms('rclone')

/** What a version's directory must hold, by path: the files of the release, and the notes. */
function expected(release: string, extra: Files = {}): Files {
  return { ...withoutFolders(filesIn(release)), ...extra }
}

function withoutFolders(files: Files): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('/')))
}

const published = (store: string, version: string): Files =>
  existsSync(join(store, version)) ? withoutFolders(filesIn(join(store, version))) : {}

describe.skipIf(missing !== '')(`release publish${missing}`, () => {
  const folders: string[] = []
  const folder = (files: Files = {}): string => {
    const created = folderWith(files)
    folders.push(created)
    return created
  }
  afterAll(() => {
    for (const each of folders) rmSync(each, { recursive: true, force: true })
  })

  interface Place {
    readonly server: Server
    /** What the server shows, as files on disk. */
    readonly store: string
  }

  const kinds: readonly (readonly [name: string, missing: string, start: () => Promise<Place>])[] = [
    [
      'a directory',
      '',
      (): Promise<Place> => {
        const store = join(folder(), 'with space')
        return Promise.resolve({
          store,
          server: { url: `file://${encodeURI(store)}`, env: {}, close: () => {} },
        })
      },
    ],
    [
      'SFTP',
      missingPrograms('sshd', 'ssh-keygen'),
      async (): Promise<Place> => {
        const store = join(folder(), 'releases')
        return { store, server: await sftpServer(folder(), store) }
      },
    ],
    [
      'S3',
      missingPrograms('versitygw'),
      async (): Promise<Place> => {
        const top = folder()
        return { store: join(top, 'releases', 'files'), server: await s3Server(top) }
      },
    ],
  ]

  for (const [name, absent, start] of kinds) {
    describe.skipIf(absent !== '')(`to ${name}${absent}`, () => {
      let place: Place
      let project: string
      let release: string
      const publish = (...args: readonly string[]): Promise<Finished> =>
        cargo2nix(['release', 'publish', '--to', place.server.url, ...args], {
          cwd: project,
          env: { ...process.env, ...place.server.env },
        })
      beforeAll(async () => {
        place = await start()
        project = folder({
          'CHANGELOG.md': '# Changelog\n\n## [1.0.0]\n\n- First.\n\n## [0.9.0]\n\n- None.\n',
        })
        release = writeRelease(join(project, 'result'), { version: 'v1.0.0' })
        writeFileSync(join(release, 'SHA256SUMS.minisig'), 'untrusted comment: signature\n')
      })
      afterAll(() => place.server.close())

      test('a dry run lists what is missing and changes nothing', async () => {
        const { status, stdout } = await publish('--dry-run')
        expect(status).toBe(0)
        const uploads = [...stdout.matchAll(/^would upload v1\.0\.0\/(\S+) \(/gm)].map(([, path]) => path)
        expect(uploads.toSorted()).toEqual([...Object.keys(expected(release)), 'NOTES.md'].toSorted())
        expect(uploads.at(-1)).toBe('release.json')
        expect(existsSync(place.store) ? filesIn(place.store) : {}).toEqual({})
      })

      test('publishes every file, signatures, notes and the index', async () => {
        expect(await publish()).toMatchObject({ status: 0, stderr: expect.not.stringContaining('error') })
        expect(published(place.store, 'v1.0.0')).toEqual(expected(release, { 'NOTES.md': '- First.\n' }))
        expect(
          readdirSync(place.store)
            .filter((each) => !each.startsWith('.sgw'))
            .toSorted(),
        ).toEqual(['index.html', 'stable.json', 'v1.0.0'])
      })

      test('publishing the same again uploads nothing', async () => {
        const { stdout } = await publish('--json')
        expect(JSON.parse(stdout)).toMatchObject({ version: 'v1.0.0', class: 'stable', uploaded: [] })
      })

      test('names have letters of any language, and plus signs', async () => {
        const named = writeRelease(folder(), { version: 'v1.0.0+7', program: 'größe' })
        expect(await publish(named)).toMatchObject({ status: 0 })
        expect(published(place.store, 'v1.0.0+7')).toEqual(expected(named))
        expect(JSON.parse((await publish(named, '--json')).stdout)).toMatchObject({ uploaded: [] })
        const page = readFileSync(join(place.store, 'index.html'), 'utf8')
        expect(page).toContain('href="v1.0.0%2B7/x86_64-unknown-linux-musl/gr%C3%B6%C3%9Fe"')
      })

      test('other bytes under the same version are refused, and nothing changes', async () => {
        const before = filesIn(place.store)
        const other = join(folder(), 'v1.0.0')
        writeRelease(join(other, '..'), { version: 'v1.0.0', content: 'changed' })
        for (const flag of [[], ['--dry-run']]) {
          const refused = await publish(other, ...flag)
          expect(refused.status).toBe(2)
          expect(refused.stderr).toMatch(
            /error: v1\.0\.0 is already in .+ with other bytes: .*tool and \d+ other files/,
          )
          expect(refused.stderr).toContain('hint: what is published is never replaced')
        }
        expect(filesIn(place.store)).toEqual(before)
      })

      test('a missing file is uploaded again; another signature and other notes stay', async () => {
        rmSync(join(place.store, 'v1.0.0', 'SHA256SUMS'))
        writeFileSync(join(release, 'SHA256SUMS.minisig'), 'untrusted comment: made anew\n')
        const { stdout, stderr } = await publish()
        expect(stdout).toContain('1 file uploaded')
        expect(stderr).toContain('note: the store has others, which stay: SHA256SUMS.minisig')
        expect(published(place.store, 'v1.0.0')).toEqual(
          expected(release, {
            'NOTES.md': '- First.\n',
            'SHA256SUMS.minisig': 'untrusted comment: signature\n',
          }),
        )
      })

      test('a release that is not what its manifest lists is refused', async () => {
        const damaged = folder()
        cpSync(release, join(damaged, 'v1.0.1'), { recursive: true })
        const file = join(damaged, 'v1.0.1', 'x86_64-unknown-linux-musl', 'tool')
        writeFileSync(file, readFileSync(file, 'utf8').replace('v', 'V'))
        expect(await publish(damaged)).toMatchObject({
          status: 2,
          stderr: expect.stringContaining('its hash is not'),
        })
        rmSync(file)
        expect(await publish(damaged)).toMatchObject({
          status: 2,
          stderr: expect.stringContaining('no such file'),
        })
        expect(await publish('nothing')).toMatchObject({
          status: 2,
          stderr: expect.stringContaining('nix-build'),
        })
      })
    })
  }

  describe('killed', () => {
    for (const [name, absent, start] of kinds) {
      test.skipIf(absent !== '')(
        `at ten random moments, ${name} never shows half a file and is complete in the end${absent}`,
        async () => {
          const { server, store } = await start()
          const version = 'v2.0.0'
          const cwd = folder()
          const release = writeRelease(cwd, { version, size: 3_000_000 })
          const env = { ...process.env, ...server.env }
          try {
            await killTenTimes({ release, version, cwd, url: server.url, store, env })
          } finally {
            server.close()
          }
        },
        300_000,
      )
    }
  })

  describe('secrets', () => {
    const absent = missingPrograms('versitygw')
    test.skipIf(absent !== '')(
      `are in no argument and no output, and a refusal is called one${absent}`,
      async () => {
        const server = await s3Server(folder())
        try {
          const project = folder()
          writeRelease(join(project, 'result'), { version: 'v1.0.0' })
          const bin = folder()
          const log = join(bin, 'calls')
          writeFileSync(
            join(bin, 'rclone'),
            `#!/bin/sh\nprintf '%s\\n' "$@" >>'${log}'\nexec ${programFile('rclone')!} "$@"\n`,
          )
          chmodSync(join(bin, 'rclone'), 0o755)
          const env = { ...process.env, ...server.env, PATH: `${bin}:${process.env['PATH']}` }
          const args = ['release', 'publish', '--to', server.url]
          const secret = server.env['AWS_SECRET_ACCESS_KEY']!
          const said = await cargo2nixOrFail(args, { cwd: project, env })
          const bad = { ...env, AWS_SECRET_ACCESS_KEY: `${secret}x` }
          const refused = await cargo2nix(args, { cwd: project, env: bad })
          expect(refused.status).toBe(2)
          expect(refused.stderr).toMatch(/error: cannot \w+.* it refused: .*SignatureDoesNotMatch/)
          expect(refused.stderr).toContain('hint: keys come from AWS_ACCESS_KEY_ID')
          const unknown = { ...env, AWS_ACCESS_KEY_ID: 'nobody' }
          expect((await cargo2nix(args, { cwd: project, env: unknown })).stderr).toContain('it refused: ')
          const calls = readFileSync(log, 'utf8')
          expect(calls).toContain('store:releases/files')
          const everything = [calls, said.stdout, said.stderr, refused.stdout, refused.stderr].join('\n')
          expect(everything).not.toContain(secret)
          expect(everything).not.toContain(server.env['AWS_ACCESS_KEY_ID'])
        } finally {
          server.close()
        }
      },
    )

    test.each([
      ['s3://key:hush@bucket/x', /has a secret in it/],
      ['sftp://me:hush@host/x', /has a secret in it/],
      ['s3://bucket/x?secret-key=hush', /unknown parameter `secret-key`/],
      ['https://example.org/x', /is not the URL of a store/],
      ['file://relative', /is not a directory/],
      ['file:///', /is not a directory/],
      ['sftp://host', /is not a directory of a host/],
      ['s3:///x', /names no bucket|is not the URL/],
      ['s3://bucket/a/%2e%2e%2fb', /has a bad path/],
    ])('the address %s is refused', async (to, message) => {
      const project = folder()
      writeRelease(join(project, 'result'), { version: 'v1.0.0' })
      const { status, stdout, stderr } = await cargo2nix(['release', 'publish', '--to', to], { cwd: project })
      expect(status).toBe(2)
      expect(stderr).toMatch(message)
      expect(stdout + stderr).not.toContain('hush')
    })

    test('an unknown host is not trusted', async () => {
      const absentHere = missingPrograms('sshd', 'ssh-keygen')
      if (absentHere !== '') return
      const server = await sftpServer(folder(), join(folder(), 'store'))
      try {
        const project = folder({ known_hosts: '' })
        writeRelease(join(project, 'result'), { version: 'v1.0.0' })
        const env = {
          ...process.env,
          ...server.env,
          RCLONE_SFTP_KNOWN_HOSTS_FILE: join(project, 'known_hosts'),
        }
        const { status, stderr } = await cargo2nix(['release', 'publish', '--to', server.url], {
          cwd: project,
          env,
        })
        expect(status).toBe(2)
        expect(stderr).toMatch(/it refused: .*(?:knownhosts|unknown)/)
      } finally {
        server.close()
      }
    })
  })

  test('without rclone, the error names what has it', async () => {
    const project = folder()
    writeRelease(join(project, 'result'), { version: 'v1.0.0' })
    const empty = folder()
    const { status, stderr } = await cargo2nix(['release', 'publish', '--to', 'file:///nowhere/at/all'], {
      cwd: project,
      env: { ...process.env, PATH: empty },
    })
    expect(status).toBe(2)
    expect(stderr).toMatch(/error: rclone is not in PATH\nhint: .*release\.shell/)
  })

  test('release notes that the release brings win over the changelog', async () => {
    const project = folder({ 'CHANGELOG.md': '## 3.0.0\n\nFrom the changelog.\n' })
    const release = writeRelease(join(project, 'result'), { version: 'v3.0.0' })
    mkdirSync(join(project, 'store'))
    writeFileSync(join(release, 'NOTES.md'), 'Our own.\n')
    writeFileSync(join(release, 'stray.txt'), 'x')
    const to = `file://${join(project, 'store')}`
    const { stderr } = await cargo2nixOrFail(['release', 'publish', '--to', to], { cwd: project })
    expect(readFileSync(join(project, 'store', 'v3.0.0', 'NOTES.md'), 'utf8')).toBe('Our own.\n')
    expect(stderr).toContain('note: not part of the release, so left out: stray.txt')
    expect(existsSync(join(project, 'store', 'v3.0.0', 'stray.txt'))).toBe(false)
  })
})
