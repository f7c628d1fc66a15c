/**
 * Rewrites a path in the workspace relative to its root, as `./…`, since the workspace is elsewhere on other
 * machines; leaves other paths alone.
 */
export function portablePath(path: string | undefined, root: string): string | undefined {
  return path?.startsWith(`${root}/`) ? `.${path.slice(root.length)}` : path
}

/** The same for a command's program; the arguments are the user's own. */
export function portableCommand(
  command: readonly string[] | undefined,
  root: string,
): readonly string[] | undefined {
  return command?.map((word, index) => (index === 0 ? portablePath(word, root)! : word))
}
