import { expect, test } from 'vitest'
import { runPromqltest } from './promqltest.ts'

const data = 'load 1m\n  x_total{a="1"} 0+60x10\n  x_total{a="2"} 5 _ 7 stale\n  level 3 -1\n'

function verdictOn(expectation: string): string {
  const { passed, failures } = runPromqltest(`${data}\n${expectation}\n`)
  return failures[0]?.message ?? `${passed} passed`
}

test.each([
  'eval instant at 5m rate(x_total[5m])\n  {a="1"} 1',
  'eval range from 0 to 3m step 1m x_total{a="2"}\n  x_total{a="2"} 5 5 7 _',
  'eval instant at 0 time()\n  0',
  'eval instant at 0 "text"\n  expect string "text"',
  'eval instant at 1m level[2m]\n  expect range vector from 0 to 1m step 1m\n  level 3 -1',
  'eval_ordered instant at 0 sort_desc({__name__=~"level|x_total"})\n  x_total{a="2"} 5\n  level 3\n  x_total{a="1"} 0',
  'eval instant at 0 level\n  level 3.000001',
  'eval_fail instant at 0 {__name__=~"level|x_total"} + on () level',
  'eval instant at 0 level + on\n  expect fail',
  'eval instant at 1m count(rate(level[2m]))\n  expect info regex: .*might not be a counter.*\n  {} 1',
])('%s', expectation => {
  expect(verdictOn(expectation)).toBe('1 passed')
})

test.each([
  ['eval instant at 5m rate(x_total[5m])\n  {a="1"} 1.1', /expected \{a="1"\} 1\.1, got 1/],
  ['eval instant at 5m rate(x_total[5m])', /expected no series \{a="1"\}/],
  ['eval instant at 0 level\n  level 3\n  other 1', /expected series other\{\}/],
  ['eval instant at 0 level\n  level 3.00001', /got 3/],
  ['eval range from 0 to 3m step 1m x_total{a="2"}\n  x_total{a="2"} 5 5 7 7', /with 4 points/],
  ['eval range from 0 to 3m step 1m x_total{a="2"}\n  x_total{a="2"} 5 _ 5 7', /got 5 @0s 5 @60s/],
  ['eval instant at 0 level\n  3', /expected the scalar 3/],
  ['eval instant at 0 1\n  {} 1', /expected series, got the scalar 1/],
  ['eval_fail instant at 0 level', /expected an error/],
  ['eval instant at 0 level + on\n  level 3', /got the error/],
  ['eval instant at 0 level + on\n  expect fail msg: no such', /expected the error "no such"/],
  ['eval_ordered instant at 0 sort(x_total)\n  x_total{a="2"} 5\n  x_total{a="1"} 0', /in place 2/],
  ['eval instant at 0 level\n  expect warn\n  level 3', /expected the warn/],
  ['eval instant at 2m rate(level[5m])\n  expect no_info\n  {} 0', /expected no info/],
])('a wrong expectation fails: %s', (expectation, message) => {
  expect(verdictOn(expectation)).toMatch(message)
})

test('an instant is tried held @ its time and as the step of a range too', () => {
  // Right as an instant alone: a minute earlier, both series have values, and the sum of names is ambiguous.
  const text = 'load 30s\n  a 1 2 _x20 9\n  b 1 stale\n\neval instant at 1m abs({__name__=~"a|b"})\n  {} 2\n'
  expect(runPromqltest(text).failures[0]?.message).toMatch(/^as a range: .* same labelset/)
})

test('what is out of scope is counted by reason, and not as passed', () => {
  const text = `load 1m
  native {{schema:0 count:1 sum:1}}
  level 1

eval instant at 0 native

eval instant at 0 info(level)

eval instant at 0 sum by (__name__) (rate(level[1m]))

eval instant at 0 level
  level 1
`
  const { passed, failures, unsupported } = runPromqltest(text)
  expect({ passed, failures, unsupported: Object.fromEntries(unsupported) }).toEqual({
    passed: 1,
    failures: [],
    unsupported: {
      'native histograms': 1,
      'the experimental function info': 1,
      'experimental delayed removal of names': 1,
    },
  })
})

test.each([
  ['evaluate instant at 0 1', /line 1: Cannot read "evaluate instant/],
  ['load 1x\n  a 1', /line 1: Cannot parse duration "1x"/],
  ['load 1m\n  a 1 b', /line 2: Cannot read value "b"/],
  ['eval range from 5m to 1m step 1m 1', /line 1: Cannot evaluate the range/],
])('a file that is wrong says where: %s', (text, message) => {
  expect(() => runPromqltest(text)).toThrow(message)
})
