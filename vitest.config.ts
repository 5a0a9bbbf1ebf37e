import { defineConfig } from 'vitest/config'

// `x.long.test.ts` waits for minutes and `x.soak.test.ts` for hours, so each kind runs only when asked for.
const left = [
  process.env.SIGHTLINE_LONG === '1' ? [] : ['**/*.long.test.ts'],
  process.env.SIGHTLINE_SOAK === '1' ? [] : ['**/*.soak.test.ts'],
].flat()

/** Their tests change nothing of the process they run in, which then serves one file after the other. */
const rooms = ['alerts', 'compose', 'contract', 'dashboards', 'engines', 'export', 'tuning']
const ofRooms = rooms.map(room => `${room}/**/*.test.ts`)
const always = ['node_modules/**', 'generated/**', '.data/**', ...left]

// Tests start real servers on a small machine, so the suite favours few workers and generous limits over speed.
export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'rooms', include: ofRooms, exclude: always, isolate: false } },
      {
        extends: true,
        test: { name: 'processes', include: ['**/*.test.ts'], exclude: [...always, ...ofRooms] },
      },
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 15_000 } },
    // One repeat in CI, which the summary names, tells a busy moment of the machine from a bug.
    retry: process.env.CI === 'true' ? 1 : 0,
  },
})
