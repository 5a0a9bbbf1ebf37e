/** Our own cases of log queries; LOKI names another Loki than PATH's to ask them again. */

import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { versionOf } from '../diff/real-loki.ts'
import { readCases, replayCases, runCases } from './cases.ts'

const { data, files } = readCases()

test('there are hundreds, each asked once and answered', () => {
  const cases = files.flatMap(file => file.cases)
  expect(cases.length).toBeGreaterThanOrEqual(300)
  expect(new Set(cases.map(({ answer, ...asked }) => JSON.stringify(asked))).size).toBe(cases.length)
  expect(cases.filter(({ answer }) => answer === undefined)).toEqual([])
  const withLines = cases.filter(({ answer }) => answer?.kind === 'lines' && answer.streams.length > 0)
  expect(withLines.length).toBeGreaterThan(220)
  expect(cases.filter(({ answer }) => answer?.kind === 'error').length).toBeGreaterThan(25)
})

test.each(files.map(file => [basename(file.path), file] as const))('%s', (_, { cases }) => {
  expect(runCases(data, cases)).toEqual([])
})

test('an answer that is not as it was is told', () => {
  const [first] = files[0]!.cases
  expect(runCases(data, [{ ...first!, answer: { kind: 'error', of: 'query', message: '' } }])).toHaveLength(1)
})

const program = process.env.LOKI ?? 'loki'
const version = versionOf(program)
const title =
  version === undefined ? `Loki (skipped: no ${program} on the PATH, nor named by LOKI)` : `Loki ${version}`

describe.skipIf(version === undefined)(title, () => {
  test('gives the same answers', { timeout: 120_000 }, async () => {
    expect(await replayCases({ binary: program, writes: false })).toEqual([])
  })
})
