import { defineConfig } from 'vitest/config'

// biome-ignore lint/style/noDefaultExport: where vitest looks for its settings
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real servers and clients are started; on a busy machine that takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests of timers and sockets get another chance on machines that others use too; what is broken fails every time.
    retry: process.env.CI === 'true' ? 2 : 0,
  },
})
