/**
 * The variables in which cargo passes a package's metadata to rustc, so that `env!` finds them.
 *
 * Mirrors `Compilation::fill_env` and `ManifestMetadata::env_vars` of cargo 0.96, as `templates/units/package-env.nix`
 * does for builds.
 */
import type { Package } from '../resolve/package-graph.ts'

/** `CARGO_PKG_*`. */
export function packageEnv({ name, version, manifest }: Package): Readonly<Record<string, string>> {
  const [, major = '', minor = '', patch = '', pre = ''] =
    /^(\d+)\.(\d+)\.(\d+)(?:-([^+]+))?/.exec(version) ?? []
  const { metadata } = manifest
  return {
    CARGO_PKG_NAME: name,
    CARGO_PKG_VERSION: version,
    CARGO_PKG_VERSION_MAJOR: major,
    CARGO_PKG_VERSION_MINOR: minor,
    CARGO_PKG_VERSION_PATCH: patch,
    CARGO_PKG_VERSION_PRE: pre,
    CARGO_PKG_AUTHORS: metadata.authors.join(':'),
    CARGO_PKG_DESCRIPTION: metadata.description ?? '',
    CARGO_PKG_HOMEPAGE: metadata.homepage ?? '',
    CARGO_PKG_REPOSITORY: metadata.repository ?? '',
    CARGO_PKG_LICENSE: metadata.license ?? '',
    CARGO_PKG_LICENSE_FILE: metadata.licenseFile ?? '',
    CARGO_PKG_README: metadata.readme ?? '',
    CARGO_PKG_RUST_VERSION: metadata.rustVersion ?? '',
  }
}
