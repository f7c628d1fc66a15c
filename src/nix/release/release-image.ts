/** The container image of a release: which file it is, and what it is called in a registry. */
import type { Artefact, ReleaseManifest } from './release-manifest.ts'

/** The file with the images of all targets, or the only one there is; undefined if the release has none. */
export function releaseImage({
  artefacts,
}: ReleaseManifest): (Artefact & { readonly digest: string }) | undefined {
  const images = artefacts.flatMap((artefact) =>
    artefact.kind === 'image' && artefact.digest !== null ? [{ ...artefact, digest: artefact.digest }] : [],
  )
  return images.find(({ triple }) => triple === null) ?? (images.length === 1 ? images[0] : undefined)
}

/** The tag of a version's image: registries allow no `+`. */
export function imageTag(version: string): string {
  return version.replaceAll('+', '_').slice(0, 128)
}

/** `HOST/NAME:TAG@DIGEST` of a release's image; undefined if it has none. */
export function imageReference(manifest: ReleaseManifest, repository: string): string | undefined {
  const image = releaseImage(manifest)
  return image && `${repository}:${imageTag(manifest.version)}@${image.digest}`
}
