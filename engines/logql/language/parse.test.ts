import { expect, test } from 'vitest'
import { compileStages } from '../pipeline/stages.ts'
import { parse } from './parse.ts'
import { format, print } from './print.ts'

test.each([
  ['{app="shop"}', '{app="shop"}'],
  ['{ app = "shop" , env=~`a|b` }', '{app="shop", env=~"a|b"}'],
  ['SUM by(app)(RATE({a="b"}[1m]))', 'sum by (app) (rate({a="b"}[1m]))'],
  ['sum(rate({a="b"}[1m])) by (app)', 'sum by (app) (rate({a="b"}[1m]))'],
  ['rate({a="b"}[1m] |= "x" | json)', 'rate({a="b"} |= "x" | json [1m])'],
  ['rate(({a="b"} |= "x")[1m] offset -5m)', 'rate({a="b"} |= "x" [1m] offset -5m0s)'],
  ['1 + 2 * 3 ^ 2', '19'],
  ['-2 ^ 2', '4'],
  [
    'vector(1) + on(a) group_left(b) vector(2) > bool 1',
    '((vector(1) + on (a) group_left (b) vector(2)) > bool 1)',
  ],
  ['{a="b"} | x="1", y>2 or z<=3s and w==1.5KB', '{a="b"} | (x="1" and (y>2 or (z<=3s and w==1500B)))'],
  ['{a="b"} | x="1" or y="2" and z="3"', '{a="b"} | (x="1" or (y="2" and z="3"))'],
  ['{a="b"} != "x" or "y" |~ `\\d` # note', '{a="b"} != "x" or "y" |~ "\\\\d"'],
  ['{a="b"} | logfmt --strict x, y="z"', '{a="b"} | logfmt --strict x="x", y="z"'],
  ['{sum="b", rate="c"} | count="d"', '{sum="b", rate="c"} | count="d"'],
  [
    'quantile_over_time(0.9, {a="b"} | unwrap duration(x) | __error__="" [5m]) without (c)',
    'quantile_over_time(0.9, {a="b"} | unwrap duration(x) | __error__="" [5m]) without (c)',
  ],
])('%s', (query, printed) => {
  expect(print(parse(query))).toBe(printed)
  expect(print(parse(format(parse(query))))).toBe(printed)
})

test.each([
  ['', 1, 'expected a query, got the end of the query'],
  ['{app}', 5, 'expected =, !=, =~ or !~, got "}"'],
  ['{app="x"} | json | ', 20, 'expected a stage such as json, logfmt or line_format, or a filter by label'],
  ['{app="x"} |~ "("', 11, 'error parsing regexp'],
  ['{json="x"}', 2, 'expected a label or "}", got "json", which is a keyword'],
  ["{app='x'}", 6, 'expected a string in double quotes or backticks'],
  ['{app=~".*"}', 1, 'expected at least one matcher that an empty value does not satisfy'],
  ['rate({a="b"}[5x])', 14, 'expected a range such as [5m]'],
  ['rate({a="b"})', 13, 'expected a range such as [5m] or a stage, got ")"'],
  ['sum({a="b"})', 5, 'expected a metric such as rate(…), got a query for log lines'],
  ['sum_over_time({a="b"}[1m])', 1, 'invalid aggregation sum_over_time without unwrap'],
  ['rate({a="b"}[1m]) by (x)', 1, 'grouping not allowed for rate aggregation'],
  ['topk(0, rate({a="b"}[1m]))', 1, 'invalid parameter'],
  ['1 and rate({a="b"}[1m])', 1, 'unexpected literal for left leg'],
  ['approx_topk(1, rate({a="b"}[1m]))', 1, 'approx_topk is an estimate'],
  ['{a="b"} | line_format "{{ .x"', 9, 'expected a closing "}}"'],
])('%s is refused', (query, column, message) => {
  const refusal = () => {
    const expr = parse(query)
    if (expr.kind === 'logs') compileStages(query, expr.stages, '3.7')
  }
  expect(refusal).toThrow(`line 1, column ${column}: ${message}`)
})

test('carets stand under what is wrong, in its line', () => {
  expect(() => parse('{app="shop"}\n  | json\n  | took > x')).toThrow(
    'Cannot parse the query at line 3, column 12: expected a number, a duration or a size, got "x"\n    | took > x\n             ^',
  )
})

test('what is too deep or too long is refused', () => {
  expect(() => parse(`${'('.repeat(10_000)}1`)).toThrow('expected at most 200 levels of nesting')
  expect(() => parse(`{a="${'b'.repeat(200_000)}"}`)).toThrow(
    'expected fewer than 131072 characters, got 200006',
  )
})
