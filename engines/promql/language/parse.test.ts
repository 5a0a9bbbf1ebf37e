import { describe, expect, test } from 'vitest'
import { QueryError } from '../../query-error.ts'
import { functions } from '../engine/functions/table.ts'
import { parse } from '../engine/parse.ts'
import type { Expr } from './ast.ts'
import { allFeatures } from './features.ts'
import { format, print } from './print.ts'

describe('What binds how', () => {
  test.each([
    ['-1^2', '-(1 ^ 2)'],
    ['2^3^2', '(2 ^ (3 ^ 2))'],
    ['2^-1*3', '((2 ^ -1) * 3)'],
    ['-a*b', '(-(a) * b)'],
    ['a-b-c', '((a - b) - c)'],
    ['a+b*c%d atan2 e', '(a + (((b * c) % d) atan2 e))'],
    ['a or b and c unless d', '(a or ((b and c) unless d))'],
    ['a == b + 1 > c', '((a == (b + 1)) > c)'],
    ['a and b or c == d', '((a and b) or (c == d))'],
    ['-a offset 5m', '-(a offset 5m)'],
    ['a + b[5m:] + c', undefined],
  ])('%s', (query, expected) => {
    if (expected === undefined)
      expect(() => parse(query)).toThrow('expected a scalar or an instant vector beside')
    else expect(bracketed(parse(query))).toBe(expected)
  })

  test('a sign and a number are one literal, save before a power', () => {
    expect(parse('-1')).toMatchObject({ kind: 'number', value: -1, span: { start: 0, end: 2 } })
    expect(parse('- -1 * 2')).toMatchObject({ kind: 'binary', left: { kind: 'number', value: 1 } })
    expect(parse('-1^2')).toMatchObject({ kind: 'unary', operand: { kind: 'binary' } })
  })
})

describe('Literals', () => {
  test.each([
    ['0x1F', 31],
    ['0X_ff', 255],
    ['017', 15],
    ['08', 8],
    ['1_000.5', 1000.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e-7', 1e-7],
    ['iNf', Number.POSITIVE_INFINITY],
    ['-Inf', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
    ['1h30m', 5400],
    ['5m', 300],
    ['100ms', 0.1],
    ['1y2w3d', (365 + 14 + 3) * 86_400],
  ])('%s', (query, value) => {
    expect(parse(query)).toMatchObject({ kind: 'number', value })
  })

  test.each(['1__0', '0x', '1e', '1e400', '1.5.5', '0b1', '5x', '1m1h', '1.5h', '300y'])(
    '%s is none',
    query => {
      expect(() => parse(query)).toThrow('expected a number, or a duration')
    },
  )

  test('strings know the escapes of Go', () => {
    const value = (query: string) => (parse(query) as Extract<Expr, { kind: 'string' }>).value
    expect(value(String.raw`"\x41\101é\U0001F600\n\"'"`)).toBe('AAé😀\n"\'')
    expect(value(String.raw`"\xc3\xa9"`)).toBe('é')
    expect(value("'a\\'b'")).toBe("a'b")
    expect(value('`a\\n\nb`')).toBe('a\\n\nb')
    for (const wrong of ['"\\q"', "'\\\"'", '"\\400"', '"\\ud800"', '"\\xff"'])
      expect(() => parse(wrong), wrong).toThrow('expected an escape as in Go strings')
    for (const open of ['"a', "'a\n'", '`a']) expect(() => parse(open), open).toThrow('expected a closing')
  })
})

describe('Selectors', () => {
  test('names may be quoted, keywords and outside of what Prometheus 2 allowed', () => {
    expect(parse('{"my.metric", "a b"=\'c\', on!~`d`,}')).toMatchObject({
      name: undefined,
      matchers: [
        { name: '__name__', operator: '=', value: 'my.metric' },
        { name: 'a b', operator: '=', value: 'c' },
        { name: 'on', operator: '!~', value: 'd' },
      ],
    })
    for (const name of ['sum', 'by', 'offset', 'start', 'without', 'and', 'SUM', 'a:b', ':x', 'group'])
      expect(parse(`${name}{a="b"} offset 5m`)).toMatchObject({ kind: 'selector', name })
    for (const name of ['bool', 'on', 'ignoring', 'group_left', 'atan2'])
      expect(() => parse(name)).toThrow(`expected an expression, got "${name}"`)
  })

  test('offset and @ come in either order, and once', () => {
    const shift = { offset: -3_600_000, at: { kind: 'time', time: -1500 } }
    expect(parse('a offset -1h @ -1.5')).toMatchObject({ shift })
    expect(parse('a[5m] @ -1.5 offset -1h')).toMatchObject({
      kind: 'range',
      range: 300_000,
      selector: { shift },
    })
    expect(parse('a[1h:] @ end() offset 0.5')).toMatchObject({
      kind: 'subquery',
      step: undefined,
      shift: { offset: 500, at: { kind: 'end' } },
    })
    expect(() => parse('a offset 1m offset 2m')).toThrow('expected one offset, got a second')
    expect(() => parse('a @ 1 @ start()')).toThrow('expected one "@", got a second')
    expect(() => parse('a offset 5m[5m]')).toThrow('expected the range before "offset" and "@"')
    expect(() => parse('sum(a) offset 5m')).toThrow('expected "offset" only after a selector or a subquery')
    expect(() => parse('a @ NaN')).toThrow('expected a time within 64 bits')
  })

  test('must not select every series', () => {
    for (const query of ['{}', '{a=~".*"}', '{a!="b"}', '{a=""}', '{__name__=~"|x"}'])
      expect(() => parse(query), query).toThrow(
        'expected at least one matcher that does not match an empty value',
      )
    expect(() => parse('a{__name__="b"}')).toThrow('expected one name of the metric, got "a" and "b"')
    expect(() => parse('a{b=~"(x"}')).toThrow('expected a regular expression as in RE2')
    expect(parse('a{}')).toMatchObject({ name: 'a' })
  })

  test('a step of a subquery is no label', () => {
    expect(parse('a[1h:1m]')).toMatchObject({ kind: 'subquery', range: 3_600_000, step: 60_000 })
    expect(parse('max_over_time(rate(a[5m])[1h : ])')).toMatchObject({
      args: [{ kind: 'subquery', step: undefined }],
    })
  })
})

describe('Matching', () => {
  test('is as written, and settled by the types', () => {
    expect(parse('a * on (x,) group_left (y) b')).toMatchObject({
      matching: { on: true, labels: ['x'], cardinality: 'many-to-one', include: ['y'] },
    })
    expect(parse('a > bool ignoring () group_right b')).toMatchObject({
      returnBool: true,
      matching: { on: false, labels: [], cardinality: 'one-to-many', include: [] },
    })
    expect(parse('a and b')).toMatchObject({ matching: { on: false, cardinality: 'many-to-many' } })
    expect(parse('a + 1')).toMatchObject({ matching: undefined })
  })

  test.each([
    ['1 == 1', 'expected "== bool" between scalars, got "=="'],
    ['a + bool b', 'expected "bool" only after a comparison'],
    ['1 and a', 'expected instant vectors on both sides of "and", got a scalar'],
    ['a or on (x) group_left b', 'expected no group_left or group_right with "or"'],
    [
      'a * on (x) group_left (x) b',
      'expected a label either in on or in group_left and group_right, got "x" in both',
    ],
    ['1 + on (x) a', 'expected on and ignoring only between instant vectors'],
    ['a * group_left b', 'expected an expression, got "group_left"'],
    ['a + "b"', 'expected a scalar or an instant vector beside "+", got a string'],
    ['-"b"', 'expected a scalar or an instant vector after "-", got a string'],
  ])('%s', (query, message) => {
    expect(() => parse(query)).toThrow(message)
  })
})

describe('Functions and aggregations', () => {
  test.each([
    ['rate(a)', 'expected a range vector in argument 1 of rate(), got an instant vector'],
    ['clamp(a, 1)', 'expected 3 argument(s) of clamp(), got 2'],
    ['round(a, 1, 2)', 'expected 1 to 2 argument(s) of round(), got 3'],
    ['label_join(a, "b")', 'expected at least 3 argument(s) of label_join(), got 2'],
    ['label_join(a, "b", "c", d)', 'expected a string in argument 4 of label_join(), got an instant vector'],
    ['abs(a,)', 'expected an expression, got ")"'],
    ['nope(a)', 'expected a function of Prometheus, got "nope"'],
    ['info(a)', 'info() is an experimental function of Prometheus and not supported'],
    ['histogram_count(a)', 'histogram_count() is a function of native histograms and not supported'],
    ['limitk(2, a)', 'expected the feature promql-experimental-functions to be enabled'],
    ['topk(a)', 'expected 2 argument(s) of topk(), got 1'],
    ['topk("a", b)', 'expected a scalar in the parameter of topk(), got a string'],
    ['sum()', 'expected 1 argument(s) of sum(), got 0'],
    ['sum(a[5m])', 'expected an instant vector in sum(), got a range vector'],
    ['sum by (a) (b) by (c)', 'expected an operator or the end of the query, got "by"'],
    ['sum by (without) (a)', 'expected a label name, got "without"'],
    ['mad_over_time(a[5m])', 'expected the feature promql-experimental-functions to be enabled'],
    ['a + fill (0) b', 'expected the feature promql-binop-fill-modifiers to be enabled'],
    ['rate(a[5m] anchored)', 'expected the feature promql-extended-range-selectors to be enabled'],
    ['a[5m / 0]', 'expected no division by zero'],
    ['a[5m + ]', 'expected a duration such as 5m, got "]"'],
    ['a[min_of(1m)]', 'expected ",", got ")"'],
    ['a offset (5m', 'expected ")", got the end of the query'],
    ['a[0]', 'expected a duration of at least 1ms'],
    ['a[-5m]', 'expected a duration of at least 1ms'],
    ['(a)[5m]', 'expected a range only after a selector; a subquery has a colon: "[5m:]"'],
  ])('%s', (query, message) => {
    expect(() => parse(query)).toThrow(message)
  })

  test('grouping stands before or after, names any label', () => {
    const expected = { operator: 'sum', without: true, grouping: ['a', 'by', 'my.label'] }
    expect(parse('sum without (a, by, "my.label",) (x)')).toMatchObject(expected)
    expect(parse('SUM(x) WITHOUT (a, by, "my.label")')).toMatchObject(expected)
    expect(parse('count_values("v", x)')).toMatchObject({ parameter: { kind: 'string', value: 'v' } })
  })

  test('experiments are read where their feature is enabled', () => {
    const read = (query: string) => print(parse(query, allFeatures))
    expect(read('limitk(2,a)')).toBe('limitk(2, a)')
    expect(read('a+on(x)group_left fill_right(0)fill_left(-1)b')).toBe(
      'a + on (x) group_left () fill_left (-1) fill_right (0) b',
    )
    expect(read('a+fill(1)b')).toBe('a + fill (1) b')
    expect(read('rate(a[5m]anchored)+a smoothed offset 5m')).toBe(
      'rate(a[5m] anchored) + a smoothed offset 5m',
    )
    expect(() => read('a and fill (0) b')).toThrow('expected no fill with "and"')
    expect(() => read('a + fill (0) 1')).toThrow('expected fill only between instant vectors')
    expect(() => read('sum(a) smoothed')).toThrow('expected "smoothed" only after a selector')
  })

  test('durations are added and multiplied in brackets, and after offset in parentheses', () => {
    const printed = (query: string) => print(parse(query))
    expect(printed('a[5m+1m*2]')).toBe('a[5m + 1m * 2]')
    expect(printed('a[-step()+max_of(range(),1h):30s*2]')).toBe('a[-step() + max_of(range(), 1h):30s * 2]')
    expect(printed('a offset (5m-step())')).toBe('a offset (5m - step())')
    expect(parse('a offset step() * 2')).toMatchObject({ kind: 'binary', operator: '*' })
    expect(parse('a offset -5m + 1')).toMatchObject({ kind: 'binary', left: { shift: { offset: -300_000 } } })
  })

  test('all functions of 3.14 are there, save those of native histograms', () => {
    const names = `abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp
      clamp_max clamp_min cos cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv
      exp floor histogram_fraction histogram_quantile hour idelta increase irate label_join label_replace
      last_over_time ln log10 log2 max_over_time min_over_time minute month pi predict_linear present_over_time
      quantile_over_time rad rate resets round scalar sgn sin sinh sort sort_desc sqrt stddev_over_time
      stdvar_over_time sum_over_time tan tanh time timestamp vector year`
    const stable = [...functions].filter(([, { isExperimental }]) => !isExperimental).map(([name]) => name)
    expect(stable.toSorted()).toEqual([...names.split(/\s+/), 'first_over_time'].toSorted())
    const experimental = [...functions].filter(([, one]) => one.isExperimental).map(([name]) => name)
    expect(experimental.toSorted()).toEqual([
      'double_exponential_smoothing',
      'end',
      'histogram_quantiles',
      'mad_over_time',
      'max_of',
      'min_of',
      'range',
      'sort_by_label',
      'sort_by_label_desc',
      'start',
      'step',
      'ts_of_first_over_time',
      'ts_of_last_over_time',
      'ts_of_max_over_time',
      'ts_of_min_over_time',
    ])
  })
})

test('an error shows the line and the place', () => {
  const query = 'sum(\n  rate(foo{a="b"}[x])\n)'
  expect(() => parse(query)).toThrow(
    new QueryError(
      'parse',
      [
        'Cannot parse the query at line 2, column 19: expected a duration such as 5m, got "x"',
        '    rate(foo{a="b"}[x])',
        '                    ^',
      ].join('\n'),
    ),
  )
  expect(() => parse(`${'a + '.repeat(300)}) ${'b '.repeat(300)}`)).toThrow(
    /column 1201: [^\n]*\n.{102}\n {52}\^$/,
  )
})

test.each([
  ['sum(rate(x[300]))by(b,a)', 'sum by (b, a) (rate(x[5m]))'],
  ['x{b="1",a=~"2"} OFFSET 90s', 'x{a=~"2",b="1"} offset 1m30s'],
  ['a/on(x)group_left(y)b', 'a / on (x) group_left (y) b'],
  ['a/ignoring()group_left b', 'a / ignoring () group_left () b'],
  ['x@1609746000.1234', 'x @ 1609746000.123'],
  ['1e21+1h', '1000000000000000000000 + 1h'],
  ['Inf^x', 'Inf ^ x'],
  ['"a\\u0000\\n😀"', '"a\\x00\\n😀"'],
])('%s is printed as %s', (query, printed) => {
  expect(print(parse(query))).toBe(printed)
  expect(print(parse(printed))).toBe(printed)
})

test('a long query is laid out over lines', () => {
  const half = `sum by (job) (rate(http_requests_total{job="shop",status=~"5.."}[5m]))`
  expect(format(parse(`${half}/${half}`))).toBe(`  ${half}\n/\n  ${half}`)
})

/** Every operator with what it takes in brackets. */
function bracketed(expr: Expr): string {
  if (expr.kind === 'binary') return `(${bracketed(expr.left)} ${expr.operator} ${bracketed(expr.right)})`
  if (expr.kind !== 'unary') return print(expr)
  const operand = bracketed(expr.operand)
  return `${expr.operator}${operand.startsWith('(') ? operand : `(${operand})`}`
}
