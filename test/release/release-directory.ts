/** Release directories for tests, as `release.all` builds them: small files, and a real OCI archive. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Artefact } from '../../src/nix/release/release-manifest.ts'
import { tarOf } from './tar.ts'

export interface ReleaseOptions {
  readonly version: string
  readonly className?: string
  readonly ref?: string | null
  readonly commit?: string | null
  /** Text in every program, to tell builds apart. */
  readonly content?: string
  /** Of each program, in bytes. */
  readonly size?: number
  /** Its name. */
  readonly program?: string
}

type Platform = Pick<Artefact, 'os' | 'architecture' | 'variant'> & { readonly triple: string }

export const PLATFORMS: readonly Platform[] = [
  { triple: 'x86_64-unknown-linux-musl', os: 'linux', architecture: 'amd64', variant: null },
  { triple: 'arm-unknown-linux-musleabihf', os: 'linux', architecture: 'arm', variant: 'v6' },
]

export const hashOf = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

/** Writes `<version>/…` with programs, archives, images, sums and manifest below a directory. */
export function writeRelease(directory: string, options: ReleaseOptions): string {
  const {
    version,
    className = 'stable',
    ref = version,
    commit = null,
    content = version,
    size = 2000,
    program: file = 'tool',
  } = options
  const top = join(directory, version)
  const artefacts: Artefact[] = []
  const add = (path: string, bytes: Buffer, facts: Omit<Artefact, 'path' | 'size' | 'sha256'>): void => {
    mkdirSync(dirname(join(top, path)), { recursive: true })
    writeFileSync(join(top, path), bytes)
    artefacts.push({ ...facts, path, size: bytes.length, sha256: hashOf(bytes) })
  }
  const images: OciImage[] = []
  for (const platform of PLATFORMS) {
    const { triple } = platform
    const program = Buffer.alloc(size, `${content} for ${triple}\n`)
    add(`${triple}/${file}`, program, { ...platform, kind: 'program', format: 'program', digest: null })
    const archive = gzipSync(tarOf([{ path: 'tool/tool', bytes: program }]))
    const stem = `tool-${version}-${triple}`
    add(`${triple}/${stem}.tar.gz`, archive, { ...platform, kind: 'archive', format: 'tar.gz', digest: null })
    const image = ociImage(platform, program)
    images.push(image)
    const { bytes, digest } = ociArchive([image])
    add(`${triple}/${stem}-image.tar`, bytes, { ...platform, kind: 'image', format: 'oci-archive', digest })
  }
  const { bytes, digest } = ociArchive(images)
  const none = { triple: null, os: null, architecture: null, variant: null }
  add(`tool-${version}-image.tar`, bytes, { ...none, kind: 'image', format: 'oci-archive', digest })
  writeFileSync(join(top, 'SHA256SUMS'), artefacts.map(({ sha256, path }) => `${sha256}  ${path}\n`).join(''))
  const manifest = { format: 1, name: 'tool', version, class: className, ref, commit }
  const units = artefacts.map((artefact) => ({ ...artefact, units: [] }))
  writeFileSync(
    join(top, 'release.json'),
    `${JSON.stringify({ ...manifest, artefacts: units }, undefined, 2)}\n`,
  )
  return top
}

interface Blob {
  readonly bytes: Buffer
  readonly mediaType: string
  readonly platform?: Readonly<Record<string, string>>
}

interface OciImage {
  readonly manifest: Blob
  readonly blobs: readonly Blob[]
}

const digestOf = ({ bytes }: Blob): string => `sha256:${hashOf(bytes)}`
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const describe = (blob: Blob): Readonly<Record<string, unknown>> => ({
  mediaType: blob.mediaType,
  digest: digestOf(blob),
  size: blob.bytes.length,
  ...(blob.platform === undefined ? {} : { platform: blob.platform }),
})

function ociImage({ os, architecture, variant }: Platform, program: Buffer): OciImage {
  const platform = { os: os!, architecture: architecture!, ...(variant === null ? {} : { variant }) }
  const layer = tarOf([{ path: 'tool', bytes: program }])
  const blob = { bytes: gzipSync(layer), mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    bytes: json({
      ...platform,
      config: { Entrypoint: ['/tool'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${hashOf(layer)}`] },
    }),
  }
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const bytes = json({ schemaVersion: 2, mediaType, config: describe(config), layers: [describe(blob)] })
  return { manifest: { bytes, mediaType, platform }, blobs: [config, blob] }
}

/** One image, or several with an index. */
function ociArchive(images: readonly OciImage[]): { readonly bytes: Buffer; readonly digest: string } {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const manifests = images.map(({ manifest }) => manifest)
  const index = {
    mediaType,
    bytes: json({ schemaVersion: 2, mediaType, manifests: manifests.map(describe) }),
  }
  const top = images.length === 1 ? manifests[0]! : index
  const blobs = [...new Set([top, ...manifests, ...images.flatMap((image) => image.blobs)])]
  const bytes = tarOf([
    { path: 'oci-layout', bytes: json({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', bytes: json({ schemaVersion: 2, manifests: [describe(top)] }) },
    ...blobs.map((blob) => ({ path: `blobs/sha256/${hashOf(blob.bytes)}`, bytes: blob.bytes })),
  ])
  return { bytes, digest: digestOf(top) }
}
