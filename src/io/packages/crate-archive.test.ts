/** Archives that are damaged, or no package; whole ones are held against cargo in test/oracle. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { folderWith } from '../../../test/folder.ts'
import { readCrateArchive } from './crate-archive.ts'

const folder = folderWith({})
afterAll(() => rmSync(folder, { recursive: true }))

/** One file as a tar archive. */
function tar(path: string, text: string): Buffer {
  const header = Buffer.alloc(512)
  header.write(path, 0)
  header.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('0', 156)
  return Buffer.concat([header, Buffer.from(text), Buffer.alloc(512 - (text.length % 512) + 1024)])
}

function read(data: Buffer): ReturnType<typeof readCrateArchive> {
  const path = join(folder, 'a-1.0.0.crate')
  writeFileSync(path, data)
  return readCrateArchive(path, join(folder, 'a-1.0.0'))
}

test('the manifest and the listing', () => {
  const found = read(gzipSync(tar('a-1.0.0/Cargo.toml', '[package]\n')))
  expect(found?.manifestText).toBe('[package]\n')
  expect(found?.files.isFile('Cargo.toml')).toBe(true)
  expect(found?.files.exists('src')).toBe(false)
})

test('no archive', () => {
  expect(readCrateArchive(join(folder, 'none-1.0.0.crate'), folder)).toBeUndefined()
})

test.for([
  ['no gzip', Buffer.from('text'), /damaged/],
  ['cut off', gzipSync(tar('a-1.0.0/Cargo.toml', 'x'.repeat(2000))).subarray(0, 40), /damaged/],
  [
    'a tar that is cut off',
    gzipSync(tar('a-1.0.0/Cargo.toml', 'x'.repeat(2000)).subarray(0, 1000)),
    /cut off/,
  ],
  ['another package', gzipSync(tar('b-1.0.0/Cargo.toml', '')), /a-1\.0\.0\/Cargo\.toml/],
  ['a file outside of the package', gzipSync(tar('../Cargo.toml', '')), /a-1\.0\.0\/Cargo\.toml/],
] as const)('%s', ([, data, message]) => {
  expect(() => read(data)).toThrow(message)
})
