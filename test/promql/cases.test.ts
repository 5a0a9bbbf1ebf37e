/** Our own cases, whose answers a real Prometheus gave; PROMQL_CORPUS names a folder of Prometheus' own to try as well. */

import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runPromqltest } from '../../engines/promql/replay/promqltest.ts'

const files = globSync('engines/promql/cases/*.test').sort()

test('there are cases', () => {
  expect(files.length).toBeGreaterThan(7)
})

test.each(files)('%s', file => {
  const { passed, failures, unsupported } = runPromqltest(readFileSync(file, 'utf8'))
  expect(failures).toEqual([])
  expect(Object.fromEntries(unsupported)).toEqual({})
  expect(passed).toBeGreaterThan(20)
})

const corpus = process.env.PROMQL_CORPUS
const reason =
  corpus === undefined ? " (skipped: PROMQL_CORPUS names no folder of Prometheus' test files)" : ''

test.skipIf(corpus === undefined)(`Prometheus' own cases${reason}`, () => {
  const reports = globSync(`${corpus}/*.test`).map(file => runPromqltest(readFileSync(file, 'utf8')))
  expect(reports.flatMap(({ failures }) => failures)).toEqual([])
  expect(reports.reduce((sum, { passed }) => sum + passed, 0)).toBeGreaterThan(700)
})
