import { expect, test } from 'vitest'
import { allowedSkips } from '../allowed-skips.ts'
import { newOutcome, noReason, skipReason } from './outcome.ts'
import { forbiddenSkips, summary } from './summary.ts'

const skip = (reason: string, file = 'a.test.ts') => ({ test: 'a test', file, reason })

test.each([
  [['accepts a file', 'promtool (skipped: no promtool in PATH (at all))'], 'no promtool in PATH (at all)'],
  [['one (skipped: the nearest)', 'two (skipped: the farther)'], 'the nearest'],
  [['accepts a file', 'promtool'], noReason],
])('the reason of %j is %s', (titles, reason) => {
  expect(skipReason(titles)).toBe(reason)
})

test('a note given while the test runs is its reason', () => {
  expect(skipReason(['a test'], 'the machine is asleep')).toBe('the machine is asleep')
})

test('a skip without a reason, or with another one than those allowed, is forbidden', () => {
  const [unknown, missing, allowed] = [
    skip(noReason),
    skip('no promtool in PATH: install the package prometheus'),
    skip('no loki in PATH'),
  ]
  expect(forbiddenSkips([unknown, missing, allowed], allowedSkips)).toEqual([unknown, missing])
})

test('names the slowest first, every reason once, and ends in the plain counts', () => {
  const outcome = newOutcome()
  outcome.passed = 30
  outcome.failed = 2
  outcome.tests = Array.from({ length: 30 }, (_, seconds) => ({ name: `test ${seconds}`, seconds }))
  outcome.skipped = [skip('no loki'), skip('no tempo'), skip('no tempo', 'b.test.ts')]
  outcome.flaky = ['c.test.ts > sometimes']
  const lines = summary(outcome, 125)
  const slow = lines.filter(line => / s {2}test /.test(line))
  expect(slow).toHaveLength(20)
  expect(slow[0]).toContain('29.0 s  test 29')
  const skipped = lines.slice(lines.indexOf('Skipped:') + 1, lines.indexOf('Passed only when repeated:'))
  expect(skipped.map(line => line.trim())).toEqual([
    '2  no tempo',
    'a.test.ts',
    'b.test.ts',
    '1  no loki',
    'a.test.ts',
    '',
  ])
  expect(lines).toContain('  c.test.ts > sometimes')
  expect(lines.slice(-2)).toEqual(['Took 2 min 5 s.', '30 passed, 2 failed, 3 skipped'])
})
