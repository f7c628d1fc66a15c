/** Folder names of registries: those that cargo's own tests hold fast, and those of crates.io on every machine. */
import { expect, test } from 'vitest'
import { registryFolderName } from './registry-folder.ts'
import { registrySource } from './source-id.ts'

test.each([
  ['https://github.com/rust-lang/crates.io-index', 'github.com-25cdd57fae9f0462'],
  ['sparse+https://index.crates.io/', 'index.crates.io-1949cf8c6b5b557f'],
  ['https://my-crates.io', 'my-crates.io-b2d65deb64f05373'],
  ['https://your-crates.io', 'your-crates.io-755952de063f5dc4'],
  ['sparse+https://my-crates.io', 'my-crates.io-327cfdbd92dd81e1'],
  ['sparse+https://your-crates.io', 'your-crates.io-64a713b6a6fb7055'],
])('%s', (index, expected) => {
  const source = registrySource(index)
  if (source?.kind !== 'registry' && source?.kind !== 'sparse') throw new Error('no registry')
  expect(registryFolderName({ ...source, kind: source.kind })).toBe(expected)
})
