/** The same cases on the Tempo this machine has: what they expect must be its answer. TEMPO names another program. */

import { globSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { diff } from '../../engines/traceql/diff/diff.ts'
import { type RealTempo, startTempo } from '../../engines/traceql/diff/real-tempo.ts'
import { readCases, replayOnTempo } from '../../engines/traceql/replay/cases.ts'
import { findProgram, titled, use, whyMissing } from '../support/programs.ts'

const found =
  process.env.TEMPO === undefined
    ? findProgram('tempo', 'tempo 3 from https://github.com/grafana/tempo/releases, or set TEMPO')
    : { program: process.env.TEMPO }
const reason = whyMissing(found)

describe.skipIf(reason !== undefined)(titled('Tempo', reason), () => {
  let tempo: RealTempo
  beforeAll(async () => {
    tempo = await startTempo(use(found).program)
  })
  afterAll(() => tempo?.stop())

  test.each(globSync('engines/traceql/cases/*.jsonl').sort())(
    'agrees with %s',
    { timeout: 240_000 },
    async path => {
      const failures: string[] = []
      const tenant = path.replace(/\W/g, '')
      const { passed } = await replayOnTempo(tempo, tenant, readCases(path), line => failures.push(line))
      expect(failures).toEqual([])
      expect(passed).toBeGreaterThanOrEqual(100)
    },
  )

  test('answers random queries as we do', { timeout: 240_000 }, async () => {
    const lines: string[] = []
    const report = await diff({ tempo: use(found).program, seed: 1, queries: 300, shown: 1 }, line =>
      lines.push(line),
    )
    expect(lines).toEqual([])
    expect(report.equal - report.empty - report.refused).toBeGreaterThan(200)
  })
})
