/** The text of templates/ as one Nix file, without header. */
export function bundleRuntime(directory: string): string
