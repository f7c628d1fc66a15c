/**
 * Artifacts as items of a conditional fact, which are texts.
 *
 * In: an ArtifactFact. Out: a text, and from that what Cargo.nix contains.
 */
import type { Package } from '../../cargo/resolve/package-graph.ts'
import type { ArtifactFact } from './crate-facts.ts'

/** With the key of the crate that it is a target of. */
export interface Artifact extends Omit<ArtifactFact, 'to'> {
  readonly crate: string
}

export function writeArtifact(
  { to, kind, name, dependency, target }: ArtifactFact,
  keys: ReadonlyMap<Package, string>,
): string {
  return JSON.stringify({ crate: keys.get(to), kind, name, dependency, target })
}

export function readArtifact(text: string): Artifact {
  return JSON.parse(text) as Artifact
}
