/**
 * Nix expressions as data: the only way for text from a workspace to get into generated Nix.
 *
 * `print.ts` turns them into text and escapes everything.
 */

/** Attributes in the order to print them; a name of several parts is printed with dots. */
export interface NixAttributes {
  readonly kind: 'attributes'
  readonly bindings: readonly NixBinding[]
}

export interface NixBinding {
  readonly path: readonly string[]
  readonly value: NixExpr
}

export interface NixList {
  readonly kind: 'list'
  readonly items: readonly NixExpr[]
}

/** Text that is already Nix: our own paths and identifiers, never anything that was read. */
export interface NixRaw {
  readonly kind: 'raw'
  readonly text: string
}

/** Names without spaces, which the runtime splits: on one line if they fit, else one per line. */
export interface NixWords {
  readonly kind: 'words'
  readonly words: readonly string[]
}

/** Numbers are counts: non-negative integers. */
export type NixExpr = string | number | boolean | null | NixAttributes | NixList | NixRaw | NixWords

/** `path` is a single name, or several that are printed with dots. */
export function binding(path: string | readonly string[], value: NixExpr): NixBinding {
  return { path: typeof path === 'string' ? [path] : path, value }
}

export function attributes(bindings: readonly NixBinding[]): NixAttributes {
  return { kind: 'attributes', bindings }
}

/** An attribute set from the keys and values of an object or map, in their order. */
export function attributesOf(entries: Iterable<readonly [string, NixExpr]>): NixAttributes {
  return attributes([...entries].map(([name, value]) => binding(name, value)))
}

export function list(items: Iterable<NixExpr>): NixList {
  return { kind: 'list', items: [...items] }
}

export function words(list: readonly string[]): NixWords {
  return { kind: 'words', words: list }
}

export function raw(text: string): NixRaw {
  return { kind: 'raw', text }
}
