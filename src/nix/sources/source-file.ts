/** Files as rules about sources see them. */

export interface SourceFile {
  /** In the package's folder. */
  readonly relative: string
  readonly isLink: boolean
  /** Read when it is asked for. */
  readonly text: () => string
  /** Changes when the file does. */
  readonly digest: () => string
}

/** What lies around packages; paths are absolute. */
export interface Surroundings {
  readonly exists: (path: string) => boolean
  readonly text: (path: string) => string
  /** What a pattern of `include` names: absolute paths of files and folders (`templates/sources/included-files.nix`). */
  readonly included: (folder: string, pattern: string) => readonly string[]
  /** Of a file, or of all files in a folder. */
  readonly digest: (path: string) => string
}

/** Rust code: what is looked into. */
export function isRust(path: string): boolean {
  return path.length > 3 && path.endsWith('.rs')
}

/** `include_str!(concat!(…, env!("CARGO_PKG_README")))` */
export function includesByVariable(text: string): boolean {
  return text.includes('include_') && /CARGO_PKG_(?:README|LICENSE_FILE)/.test(text)
}
