/** For `scripts/real-programs`: builds of many minutes, which are no part of the test-suite. */
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const hours = 3_600_000

const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: ['test/build-program.ts'],
    include: ['test/programs/**/*.test.ts'],
    testTimeout: 3 * hours,
    hookTimeout: 3 * hours,
    fileParallelism: false,
  },
})

export default config
