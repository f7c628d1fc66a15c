/**
 * The file that users run: refuses a Node that is too old in one line, and loads the rest.
 *
 * Node 12 must be able to parse it: no import but the one below, and no syntax newer than ES2015.
 */
declare const CARGO2NIX_NODE: string

function isOlder(version: string, wanted: string): boolean {
  const parts = version.split('.').map(Number)
  const least = wanted.split('.').map(Number)
  for (let index = 0; index < least.length; index += 1)
    if (parts[index] !== least[index]) return Number(parts[index]) < Number(least[index])
  return false
}

if (isOlder(process.versions.node, CARGO2NIX_NODE)) {
  process.stderr.write(
    'error: cargo2nix-ts needs Node ' +
      CARGO2NIX_NODE +
      ' or later, and this is ' +
      process.versions.node +
      '\n',
  )
  process.exitCode = 2
} else {
  void import('./cli.ts')
}
