/** A path in the workspace from its root, `./…`, since the workspace lies elsewhere on other machines; others as they are. */
export function portablePath(path: string | undefined, root: string): string | undefined {
  return path?.startsWith(`${root}/`) ? `.${path.slice(root.length)}` : path
}
