/**
 * A digest of what the program does with a workspace, computed by `scripts/build.mjs`; empty if not bundled.
 */
declare const CARGO2NIX_RULES: string | undefined

export const rulesDigest: string = typeof CARGO2NIX_RULES === 'undefined' ? '' : CARGO2NIX_RULES
