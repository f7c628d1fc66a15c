/** What the program does with a workspace, as a digest that `scripts/build.mjs` makes; empty where it is not bundled. */
declare const CARGO2NIX_RULES: string | undefined

export const rulesDigest: string = typeof CARGO2NIX_RULES === 'undefined' ? '' : CARGO2NIX_RULES
