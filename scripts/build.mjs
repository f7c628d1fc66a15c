// Bundles src/start.ts and all that it imports into dist/: cli.js, which users run, and parts that it loads when they are
// needed. Beside them the Nix runtime, and the licences of the packages that are bundled.
import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { bundleRuntime } from './bundle-runtime.mjs'
import { NOTICES, thirdPartyNotices } from './third-party-notices.mjs'

const { version, engines } = JSON.parse(readFileSync('package.json', 'utf8'))
const oldestNode = engines.node.replace('>=', '')

/** Tables are parsed as JSON, which V8 does in a fraction of the time that it takes for the same text as a program. */
const parseTables = {
  name: 'parse-tables',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.json$/ }, ({ path }) => ({
      contents: `export default JSON.parse(${JSON.stringify(JSON.stringify(JSON.parse(readFileSync(path, 'utf8'))))})`,
    })),
}

/**
 * Node's own modules as `require` gives them: an import makes a second view of each, and for that calls every getter, by
 * which `node:crypto` alone loads what it has for the web. Commander gets no programs to start: it has subcommands that
 * are files of their own, and we have none.
 */
const nodeModules = {
  name: 'node-modules',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:/ }, ({ path, importer }) => {
      if (path === 'node:child_process' && /node_modules\/commander\//.test(importer))
        return { path: 'none', namespace: 'node-modules' }
      const isSeldom = SELDOM.includes(path) && !/node_modules/.test(importer)
      return { path, namespace: isSeldom ? 'seldom' : 'node-modules' }
    })
    onLoad({ filter: /.*/, namespace: 'node-modules' }, ({ path }) => ({
      contents: `module.exports = ${path === 'none' ? '{}' : `process.getBuiltinModule('${path}')`}`,
    }))
    onLoad({ filter: /.*/, namespace: 'seldom' }, ({ path }) => ({ contents: functionsOf(path) }))
  },
}

/** Of these only functions are imported, and most runs call none. */
const SELDOM = ['node:os', 'node:zlib']

function functionsOf(name) {
  return Object.entries(process.getBuiltinModule(name))
    .filter(([, value]) => typeof value === 'function')
    .map(
      ([key]) => `export const ${key} = (...args) => process.getBuiltinModule('${name}').${key}(...args)\n`,
    )
    .join('')
}

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

const { outputFiles, metafile } = await build({
  entryPoints: { cli: 'src/start.ts' },
  outdir: 'dist',
  // Modules wherever they are installed to; without a package.json beside them, too.
  outExtension: { '.js': '.mjs' },
  chunkNames: 'part-[hash]',
  bundle: true,
  splitting: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [parseTables, nodeModules],
  define: {
    CARGO2NIX_VERSION: JSON.stringify(version),
    CARGO2NIX_RULES: JSON.stringify(await digestOfRules()),
    CARGO2NIX_NODE: JSON.stringify(oldestNode),
  },
})

/** Packages in CommonJS call `require` for modules of Node. */
const REQUIRE =
  "import { createRequire as cargo2nixRequire } from 'node:module'; const require = cargo2nixRequire(import.meta.url);\n"
const HEAD = `#!/usr/bin/env node\n// cargo2nix-ts ${version}, MIT. Licences of the packages that are bundled: ${NOTICES}, in this directory.\n`

/** Put in place at once: a program that is running, or a test that starts it, never sees half a file. */
function put(name, text, mode = 0o644) {
  const part = `dist/.${name}.${process.pid}`
  writeFileSync(part, text, { mode })
  renameSync(part, `dist/${name}`)
}

mkdirSync('dist', { recursive: true })
put('cargo2nix.nix', bundleRuntime('templates'))
put(NOTICES, thirdPartyNotices(metafile))
const parts = outputFiles.filter(({ path }) => basename(path) !== 'cli.mjs')
for (const { path, text } of parts)
  put(basename(path), text.includes('typeof require<"u"') ? `${REQUIRE}${text}` : text)
// Last: it names the others.
const program = outputFiles.find(({ path }) => basename(path) === 'cli.mjs')
put('cli.js', `${HEAD}${program.text}`, 0o755)
const present = new Set(parts.map(({ path }) => basename(path)))
for (const name of readdirSync('dist'))
  if (name.startsWith('part-') && !present.has(name)) rmSync(`dist/${name}`)
