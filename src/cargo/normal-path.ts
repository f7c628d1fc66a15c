/**
 * Paths as cargo writes them.
 *
 * Mirrors `cargo_util::paths::normalize_path` and `Path::join`.
 */
import { isAbsolute, normalize } from 'node:path'

/** Without `.`, inner `..`, double and trailing slashes; works on the text alone. */
export function normalPath(path: string): string {
  if (/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(path)) return path
  const normal = normalize(path)
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal
}

/** A path below a directory; an absolute path is returned as is; `..` stays. */
export function joinPath(folder: string, path: string): string {
  return isAbsolute(path) ? path : `${folder}/${path}`
}
