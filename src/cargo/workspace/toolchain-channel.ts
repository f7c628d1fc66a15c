/**
 * Toolchain names: which part is the channel, the date, and the platform.
 *
 * Mirrors `PartialToolchainDesc` and its pattern in rustup's `src/dist/mod.rs` (1.29).
 */

export interface Channel {
  /** As written. */
  readonly name: string
  /**
   * `stable`, `beta`, `nightly`, a version (`1.95`, `1.95.0`) or a version's beta (`1.95.0-beta.2`);
   * undefined for the name of a custom toolchain.
   */
  readonly track: string | undefined
  /** `YYYY-MM-DD`: the build of that day, if the name has one. */
  readonly date: string | undefined
  /** A platform in the name, which rustup accepts only if such a toolchain is installed. */
  readonly platform: string | undefined
}

const OFFICIAL =
  /^(nightly|beta|stable|\d\.\d{1,3}(?:\.\d{1,2})?(?:-beta(?:\.\d{1,2})?)?)(?:-(\d{4}-\d{2}-\d{2}))?(?:-([a-z0-9_]+-.+))?$/

/** Parses a name. */
export function parseChannel(name: string): Channel {
  const [, track, date, platform] = OFFICIAL.exec(name) ?? []
  return { name, track, date, platform }
}

/** Where a distribution server keeps a channel's manifest, relative to the server. */
export function manifestPath(track: string, date: string | undefined): string {
  return `dist/${date === undefined ? '' : `${date}/`}channel-rust-${track}.toml`
}

/** A toolchain taken from a channel. */
export interface Release {
  /** As in `rustc --version`: `1.95.0`, `1.98.0-nightly`. */
  readonly release: string
  /** The channel's name at that time. */
  readonly channel: string
  /** Date of the channel's manifest: `YYYY-MM-DD`. */
  readonly date: string
}

/**
 * Whether it satisfies a requested channel, as far as known without a network: any build of a moving channel
 * does.
 */
export function satisfies({ release, channel, date }: Release, wanted: Channel): boolean {
  const { track } = wanted
  if (track === undefined || (wanted.date !== undefined && wanted.date !== date)) return false
  if (track === parseChannel(channel).track) return true
  const isStable = /^[\d.]+$/.test(release)
  if (track === 'stable') return isStable
  return release === track || (/^\d+\.\d+$/.test(track) && isStable && release.startsWith(`${track}.`))
}
