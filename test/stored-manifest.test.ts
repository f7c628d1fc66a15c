/** A cached manifest is restored to an equal manifest, also in another place. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { corpusFolder, corpusMissing } from './corpus.ts'
import { directoryFiles } from '../src/io/manifests/directory-files.ts'
import { parseToml, readToml } from '../src/io/manifests/toml.ts'
import { parseManifest } from '../src/cargo/manifest/parse-manifest.ts'
import type { PackageFiles } from '../src/cargo/manifest/package-files.ts'
import type { Manifest } from '../src/cargo/manifest/manifest.ts'
import { restoreManifest, storeManifest, type PackagePlace } from '../src/cargo/manifest/stored-manifest.ts'
import type { TomlTable } from '../src/cargo/toml-value.ts'

const placeAt = (folder: string): PackagePlace => ({
  manifestPath: `${folder}/Cargo.toml`,
  folder,
  source: { kind: 'sparse', url: 'sparse+https://example.org/index/' },
})

function parsed(document: TomlTable, place: PackagePlace, files: PackageFiles): Manifest {
  const inherit = (): never => {
    throw new Error('it inherits')
  }
  return parseManifest(document, { ...place, files, inherit, registryIndex: () => undefined }).manifest
}

/** By way of JSON. */
function kept(manifest: Manifest, from: PackagePlace, to: PackagePlace): Manifest {
  const stored = storeManifest(manifest, from)
  return restoreManifest(JSON.parse(JSON.stringify(stored)) as NonNullable<typeof stored>, to)
}

const full = `[package]
name = "full"
version = "1.2.3-rc.1+build"
edition = "2021"
links = "z"
build = "make.rs"
default-run = "two"
resolver = "2"
authors = ["Ä <a@b>"]
description = "quote \\" and \\u2028"
license-file = "L"
readme = false
rust-version = "1.70"
[lib]
crate-type = ["rlib", "cdylib"]
doc-scrape-examples = true
[[bin]]
name = "two"
path = "b/two.rs"
required-features = ["a"]
[features]
z = []
a = ["z", "dep:one", "one?/x"]
__proto__ = []
[dependencies]
one = { version = "1", package = "uno", optional = true, default-features = false, features = ["x"] }
two = { version = "2", registry-index = "https://example.net/index" }
own = { version = "3", path = "../own" }
[build-dependencies]
git = { git = "https://example.org/r.git", branch = "b" }
[target.'cfg(unix)'.dev-dependencies]
three = "*"
[lints.rust]
unexpected_cfgs = { level = "warn", priority = -1, check-cfg = ["cfg(x)"] }
`
const files: PackageFiles = {
  exists: (path) => path === 'src/lib.rs',
  isFile: (path) => path === 'src/lib.rs',
  list: () => [],
}

test('every key of a manifest is kept', () => {
  const [here, there] = [placeAt('/a/full'), placeAt('/b c/full')]
  const document = parseToml(full, here.manifestPath, 'bad-manifest')
  expect(kept(parsed(document, here, files), here, there)).toEqual(parsed(document, there, files))
})

test('objects of one shape, however many keys JSON left out', () => {
  const place = placeAt('/a/full')
  const manifest = parsed(parseToml(full, place.manifestPath, 'bad-manifest'), place, files)
  const shapes = ({ dependencies, targets, metadata, ...rest }: Manifest): unknown =>
    [rest, metadata, ...dependencies, ...targets].map((value) => Object.keys(value))
  expect(shapes(kept(manifest, place, place))).toEqual(shapes(manifest))
})

test.each([
  ['has a target elsewhere', '[lib]\npath = "/elsewhere/lib.rs"\n'],
  ['has settings of ours', '[package.metadata.cargo2nix]\ninclude = []\n'],
])('a manifest that %s is not kept', (_, more) => {
  const place = placeAt('/a/b')
  const text = `[package]\nname = "b"\nversion = "1.0.0"\n${more}`
  const manifest = parsed(parseToml(text, place.manifestPath, 'bad-manifest'), place, files)
  expect(storeManifest(manifest, place)).toBeUndefined()
})

test.skipIf(corpusMissing !== undefined)(`all vendored manifests ${corpusMissing ?? ''}`, () => {
  const vendor = join(corpusFolder(), 'vendor')
  const manifests = readdirSync(vendor).map((name) => {
    const place = placeAt(join(vendor, name))
    const document = readToml(place.manifestPath, 'bad-manifest')!
    return { name, place, manifest: parsed(document, place, directoryFiles(place.folder)) }
  })
  for (const { name, place, manifest } of manifests)
    expect(kept(manifest, place, place), name).toEqual(manifest)
  expect(manifests.length).toBeGreaterThan(2000)
})
