/** The program's version, from package.json; a placeholder if not bundled. */
declare const CARGO2NIX_VERSION: string | undefined

export const programVersion: string = typeof CARGO2NIX_VERSION === 'undefined' ? '0.0.0' : CARGO2NIX_VERSION
