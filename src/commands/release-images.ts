/** `release push-images`: pushes the images of a release to a registry, under one tag for all architectures. */
import { join, resolve } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import { digestInRegistry, pushArchive } from '../io/registry.ts'
import { readRelease, type LocalRelease } from '../io/release-directory.ts'
import { parseRepository } from '../nix/release/registry-address.ts'
import { imageTag, releaseImage } from '../nix/release/release-image.ts'
import type { Artefact } from '../nix/release/release-manifest.ts'
import type { CommandOutcome, Report } from './outcome.ts'

export interface ImageFlags {
  readonly to: string
  readonly dryRun?: boolean
}

/**
 * Pushes the image unless the registry has it.
 *
 * @param directory of a release (default: `result`)
 * @throws Cargo2NixError `bad-release`, `already-published` if the tag names another image, `network`
 */
export async function pushImages(
  directory: string | undefined,
  flags: ImageFlags,
  report: Report,
): Promise<CommandOutcome> {
  const repository = parseRepository(flags.to, '--to')
  report('reading the release')
  const release = await readRelease(resolve(directory ?? 'result'))
  const { path, digest } = imageOf(release)
  const reference = `${repository}:${imageTag(release.manifest.version)}`
  report(`asking for ${reference}`)
  const present = await digestInRegistry(reference)
  refuseOther(reference, present, digest)
  const isThere = present === digest
  if (!isThere && flags.dryRun !== true) {
    report(`pushing ${path}`)
    await pushArchive(join(release.directory, path), reference)
    refuseOther(reference, await digestInRegistry(reference), digest)
  }
  const platforms = platformsOf(release)
  const image = `${reference}@${digest}`
  const verb = isThere ? 'already there:' : flags.dryRun === true ? 'would push' : 'pushed'
  return {
    output: `${verb} ${image} (${platforms.join(', ')})`,
    notes: [],
    exitCode: 0,
    result: { image, platforms, dryRun: flags.dryRun === true, pushed: !isThere },
  }
}

function imageOf({ manifest, directory }: LocalRelease): Artefact & { readonly digest: string } {
  const image = releaseImage(manifest)
  if (image !== undefined) return image
  throw new Cargo2NixError({
    code: 'bad-release',
    path: directory,
    message: `${manifest.version} has no image`,
    hint: 'add "image" to `formats` in [workspace.metadata.cargo2nix.release], then generate and build it again',
  })
}

function refuseOther(reference: string, present: string | undefined, digest: string): void {
  if (present === undefined || present === digest) return
  throw new Cargo2NixError({
    code: 'already-published',
    message: `${reference} is already another image: ${present} instead of ${digest}`,
    hint: 'what is published is never replaced: release the change as a new version',
  })
}

/** `linux/arm/v6` and so on. */
function platformsOf({ manifest }: LocalRelease): readonly string[] {
  const images = manifest.artefacts.filter(({ kind, triple }) => kind === 'image' && triple !== null)
  return images.map(({ os, architecture, variant }) =>
    [os, architecture, variant].filter((word) => word !== null).join('/'),
  )
}
