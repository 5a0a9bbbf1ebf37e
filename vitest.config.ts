import { defineConfig } from 'vitest/config'

// Tests start real servers on a small machine, so the suite favours few workers and generous limits over speed.
export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'generated/**', '.data/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 15_000 } },
    // On a shared machine one repeat, which the report shows, tells a busy moment from a bug.
    retry: process.env.CI === undefined ? 0 : 1,
  },
})
