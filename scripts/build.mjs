// Bundles src/cli.ts and all that it imports into one ESM file, dist/cli.js: what users run.
import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { bundleRuntime } from './bundle-runtime.mjs'

/** What the program does with a workspace, as a digest: files that another program wrote may not be what this one would. */
async function digestOfRules() {
  const { outputFiles } = await build({
    entryPoints: ['src/commands/generated-files.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    minify: true,
    legalComments: 'none',
    // Loaded only to download packages.
    external: ['execa'],
    define: { CARGO2NIX_RULES: '""', CARGO2NIX_VERSION: '""' },
  })
  return createHash('sha256').update(outputFiles[0].contents).digest('hex').slice(0, 16)
}

// Put in place at once: a program that is running, or a test that starts it, never sees half a file.
const part = `dist/cli.${process.pid}.js`
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
await build({
  entryPoints: ['src/cli.ts'],
  outfile: part,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  define: {
    CARGO2NIX_VERSION: JSON.stringify(version),
    CARGO2NIX_RULES: JSON.stringify(await digestOfRules()),
  },
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as cargo2nixRequire } from 'node:module'; const require = cargo2nixRequire(import.meta.url);",
  },
})
chmodSync(part, 0o755)
renameSync(part, 'dist/cli.js')

const runtimePart = `dist/cargo2nix.${process.pid}.nix`
writeFileSync(runtimePart, bundleRuntime('templates'))
renameSync(runtimePart, 'dist/cargo2nix.nix')
