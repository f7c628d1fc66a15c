/**
 * Glob patterns of package and target names, as the crate `glob` reads them.
 *
 * Mirrors `util/restricted_names.rs` (`is_glob_pattern`) of cargo 0.96.
 */

/** True if cargo treats the name as a pattern. */
export function isGlobPattern(text: string): boolean {
  return /[*?[\]]/.test(text)
}

/** A regular expression that matches whole names: `*`, `?`, `[a-z]` and `[!a-z]`. */
export function globToRegExp(pattern: string): RegExp {
  const source = pattern.replace(/\[(!?)(\]?[^\]]*)\]|\*+|\?|[^]/g, (piece, negated: string, set: string) => {
    if (set !== undefined) return `[${negated ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`
    if (piece.startsWith('*')) return '.*'
    if (piece === '?') return '.'
    return piece.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  })
  return new RegExp(`^${source}$`, 'su')
}
