import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// biome-ignore lint/style/noDefaultExport: where vitest looks for its settings
export default defineConfig({
  // Examples import the package as everybody does.
  resolve: {
    alias: [
      { find: /^coredge$/, replacement: fileURLToPath(new URL('src/index.node.ts', import.meta.url)) },
      { find: /^coredge\/testing$/, replacement: fileURLToPath(new URL('src/testing.ts', import.meta.url)) },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Most of the time they wait for servers and clients.
    maxWorkers: Math.max(4, availableParallelism() - 1),
    // Real servers and clients are started; on a busy machine that takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests of timers and sockets get another chance on machines that others use too; what is broken fails every time.
    retry: process.env.CI === 'true' ? 2 : 0,
  },
})
