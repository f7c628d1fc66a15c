/** A path in the workspace from its root, `./…`, since the workspace lies elsewhere on other machines; others as they are. */
export function portablePath(path: string | undefined, root: string): string | undefined {
  return path?.startsWith(`${root}/`) ? `.${path.slice(root.length)}` : path
}

/** The same for a command's program; its arguments are the user's own. */
export function portableCommand(
  command: readonly string[] | undefined,
  root: string,
): readonly string[] | undefined {
  return command?.map((word, index) => (index === 0 ? portablePath(word, root)! : word))
}
