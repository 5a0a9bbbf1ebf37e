/** The same cases on the Prometheus this machine has: what they expect must be its answer. PROMETHEUS names another. */

import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { diff } from '../../engines/promql/diff/diff.ts'
import { versionOf } from '../../engines/promql/diff/real-prometheus.ts'
import { replay } from '../../engines/promql/diff/replay.ts'

const program = process.env.PROMETHEUS ?? 'prometheus'
const version = versionOf(program)
const title =
  version === undefined
    ? `(skipped: no ${program} on the PATH: install the package prometheus or set PROMETHEUS)`
    : version

describe.skipIf(version === undefined)(`Prometheus ${title}`, () => {
  test.each(globSync('engines/promql/cases/*.test').sort())(
    'agrees with %s',
    { timeout: 120_000 },
    async file => {
      const report = await replay(readFileSync(file, 'utf8'), program)
      expect(report.failures).toEqual([])
      expect(report.agreed).toBeGreaterThan(20)
    },
  )

  test('answers random queries as we do', { timeout: 120_000 }, async () => {
    const report = await diff({ prometheus: program, seed: 1, queries: 300, shown: 2 }, () => {})
    expect(report.unexplained).toEqual([])
    expect(report.equal - report.empty - report.refused).toBeGreaterThan(200)
  })

  test('a wrong expectation, and a difference, are found', { timeout: 60_000 }, async () => {
    const report = await replay('load 1m\n  x 1\n\neval instant at 0 x\n  x 2\n', program)
    expect(report.failures).toMatchObject([{ query: 'x', message: 'expected x{} 2, got 1' }])
  })
})
