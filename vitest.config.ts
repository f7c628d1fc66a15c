import { defineConfig, type ViteUserConfig } from 'vitest/config'

const minutes = 60_000

/** Files whose tests run cargo builds or Nix builds: one at a time, since each of them takes the whole machine. */
const builds = ['test/nix/**/*.test.ts', 'test/builds/**/*.test.ts']

const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: ['test/build-program.ts'],
    projects: [
      {
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
          exclude: [...builds, 'test/programs/**', '**/node_modules/**'],
          setupFiles: ['test/random-seed.ts', 'test/without-ci.ts'],
          // It imports JSON as bundlers take it.
          server: { deps: { inline: ['@actions/workflow-parser'] } },
          testTimeout: 2 * minutes,
          hookTimeout: 2 * minutes,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'builds',
          include: builds,
          setupFiles: ['test/random-seed.ts'],
          testTimeout: 20 * minutes,
          hookTimeout: 20 * minutes,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

export default config
