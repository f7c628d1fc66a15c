/** How the warm shell's wrapper reads files, checked against the tools that wrote them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let folder: string
const reader = (what: string, path: string): Buffer =>
  execFileSync(join(folder, 'read-file'), [what, path], { maxBuffer: 1 << 28 })

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-warm-files-'))
  const source = join(import.meta.dirname, 'warm', 'read-file.rs')
  execFileSync('rustc', ['--edition=2021', '-O', '-o', join(folder, 'read-file'), source])
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each([0, 1, 127, 128, 129, 255, 256, 257, 100_000])(
  'the hash of %i bytes is that of b2sum',
  (length) => {
    const path = join(folder, `bytes-${length}`)
    writeFileSync(path, Buffer.from(Array.from({ length }, (_, index) => (index * 7919) % 251)))
    const [expected] = execFileSync('b2sum', ['--length=256', path], { encoding: 'utf8' }).split(' ')
    expect(reader('hash', path).toString()).toBe(expected)
  },
)

/** Without `core`, no standard library of the target is needed. */
const LIBRARY = `#![feature(no_core, lang_items)]
#![no_core]
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
#[lang = "copy"] pub trait Copy {}
pub struct Written;
`

describe('the metadata in an rlib is what rustc writes as a file of its own', () => {
  test.each([
    'x86_64-unknown-linux-gnu',
    'i686-unknown-linux-gnu',
    's390x-unknown-linux-gnu',
    'armv7-unknown-linux-gnueabihf',
    'aarch64-apple-darwin',
    'x86_64-apple-darwin',
    'x86_64-pc-windows-gnu',
    'aarch64-pc-windows-msvc',
    'wasm32-unknown-unknown',
  ])('%s', (target) => {
    const source = join(folder, 'written.rs')
    writeFileSync(source, LIBRARY)
    const args = [
      '--crate-type=rlib',
      '--emit=metadata,link',
      `--target=${target}`,
      `--out-dir=${folder}`,
      source,
    ]
    const options = { env: { ...process.env, RUSTC_BOOTSTRAP: '1' } }
    execFileSync('rustc', args, options)
    const expected = readFileSync(join(folder, 'libwritten.rmeta'))
    expect(expected.length).toBeGreaterThan(100)
    expect(reader('rlib', join(folder, 'libwritten.rlib')).equals(expected)).toBe(true)
  })
})

test('the metadata in a shared library is what rustc writes as a file of its own', () => {
  const source = join(folder, 'shared.rs')
  writeFileSync(source, 'pub fn shared() -> u32 { 7 }\n')
  const emit = ['--emit=metadata,link', '-C', 'prefer-dynamic', '--crate-type=dylib']
  execFileSync('rustc', [...emit, `--out-dir=${folder}`, source])
  const expected = readFileSync(join(folder, 'libshared.rmeta'))
  const name = process.platform === 'darwin' ? 'libshared.dylib' : 'libshared.so'
  expect(reader('dylib', join(folder, name)).equals(expected)).toBe(true)
})
