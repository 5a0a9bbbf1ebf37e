import { expect, test } from 'vitest'
import { runTestFile } from './logqltest.ts'

const file = `
# streams, with a comment
load
  {app="a"} "level=info took={{.i}}s" @ 10s [repeat every 10s for 6] [metadata pod="p1" "k"="v"]
  {app="b"} \`{"level":"error"}\` @ 30s

eval instant at 60s sum by (app) (count_over_time({app=~"a|b"}[1m])) # all of them
  {app="a"} 6
  {app="b"} 1

eval range from 0s to 60s step 30s count_over_time({app="b"}[30s])
  {app="b"} _ 1 _

eval instant at 60s max_over_time({app="a"} | logfmt | unwrap duration(took) [1m]) by (app)
  {app="a"} 5

eval instant at 0s 1 + 2
  3

eval instant at 0s count_over_time({app="a"}
  expect fail msg: syntax error

eval instant at 60s count_over_time({app="c"}[1m])
  expect empty

eval instant at 60s sort_desc(sum by (app) (count_over_time({app=~"a|b"}[1m])))
  expect ordered
  {app="a"} 6
  {app="b"} 1

eval instant at 60s variants(count_over_time({app="a"}[1m])) of ({app="a"}[1m])
  {app="a"} 6

clear
eval instant at 60s absent_over_time({app="a"}[1m])
  {app="a"} 1
`

test('a file is run, and what is not supported is said', () => {
  const outcomes = runTestFile(file)
  expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([])
  expect(outcomes.map(({ status }) => status)).toEqual([...Array(7).fill('passed'), 'unsupported', 'passed'])
})

test.each([
  ['eval instant at 60s vector(1)\n  {} 2', 'expected {} 2, got 1'],
  ['eval instant at 60s vector(1)\n  expect empty', 'expected no series, got 1'],
  ['eval instant at 60s vector(1)\n  expect fail', 'expected an error, got a result'],
  ['eval instant at 60s vector(1)\n  {a="b"} 1', 'expected {a="b"}, got {}'],
  ['eval instant at 0s rate({a="b"})\n  {} 1', 'expected a result, got an error'],
  ['eval instant at 0s rate({a="b"})\n  expect fail msg: something else', 'expected the error'],
  ['eval instant at 0s 1\n  2', 'expected the number 2, got [1]'],
])('%s fails', (text, reason) => {
  const [outcome] = runTestFile(text)
  expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringContaining(reason) })
})

test.each([
  ['load\n  {a="b"} no quotes @ 1s', 'line 1: expected {labels} "line" @ time'],
  ['eval now 1\n  1', 'line 1: expected "eval instant at …"'],
  ['eval instant at 1x 1\n  1', 'expected a duration such as 1m30s, got "1x"'],
  ['eval instant at 1s 1', 'expected what comes of the query, got nothing'],
  ['nothing', 'expected load, clear or eval, got "nothing"'],
])('%s is refused', (text, message) => {
  expect(() => runTestFile(text)).toThrow(message)
})
