// Bundles src/cli.ts and all that it imports into one ESM file, dist/cli.js: what users run.
import { build } from 'esbuild'
import { chmodSync, readFileSync, renameSync } from 'node:fs'

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
  define: { CARGO2NIX_VERSION: JSON.stringify(version) },
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as cargo2nixRequire } from 'node:module'; const require = cargo2nixRequire(import.meta.url);",
  },
})
chmodSync(part, 0o755)
renameSync(part, 'dist/cli.js')
