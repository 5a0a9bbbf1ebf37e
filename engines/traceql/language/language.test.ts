import { describe, expect, it } from 'vitest'
import { parse } from './parse.ts'
import { format, print } from './print.ts'
import { Refusal } from './refusal.ts'
import { validate } from './validate.ts'

function refusalOf(query: string): Refusal {
  try {
    validate(query, parse(query))
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error(`Expected ${query} to be refused`)
}

describe('print', () => {
  it.each([
    ['{.a=1&&span.b>2s}|count()>1', '{ .a = 1 && span.b > 2s } | count() > 1'],
    ['{}', '{ }'],
    ['{ -(.a + 1) * 2 > -.b ^ 2 }', '{ -(.a + 1) * 2 > -.b ^ 2 }'],
    ['{ (!.a) && !(.b || .c) }', '{ !.a && !(.b || .c) }'],
    ['({.a}>>{.b})&&{.c}', '{ .a } >> { .b } && { .c }'],
    ['{.a}>>({.b}&&{.c})', '{ .a } >> ({ .b } && { .c })'],
    ['({.a}|{.b})!~({.c})', '({ .a } | { .b }) !~ ({ .c })'],
    ['{ span."with space".x = nil }', '{ span."with space.x" = nil }'],
    ['{ nil != name }', '{ name != nil }'],
    ['{ trace:rootService = `a` && span:name="b" }', '{ rootServiceName = "a" && name = "b" }'],
    [
      '{}|quantile_over_time(duration,.5,1)by(resource.a,.b)|topk(5)>1',
      '{ } | quantile_over_time(duration, 0.5, 1) by (resource.a, .b) | topk(5) > 1',
    ],
    ['1+2*({}|rate())>3 with(exemplars=5)', '1 + 2 * ({ } | rate()) > 3 with(exemplars=5)'],
    ['(100*({}|rate()))-({}|count_over_time()>1)', '100 * ({ } | rate()) - ({ } | count_over_time() > 1)'],
    ['{ duration > 1h30m // long\n && .a = 1.0 }', '{ duration > 1h30m0s && .a = 1.0 }'],
  ])('prints %s', (query, printed) => {
    expect(format(query)).toBe(printed)
    expect(print(parse(printed))).toBe(printed)
  })
})

describe('errors', () => {
  it('shows the place, what was expected and what came', () => {
    expect(refusalOf('{ .a = 1 } | cuont() > 1').message).toBe(
      `Cannot parse the query at line 1, column 14: expected {, (, by, coalesce, select, an aggregate such as count(), or a metrics function such as rate(), got cuont
  { .a = 1 } | cuont() > 1
               ^^^^^`,
    )
  })

  it.each([
    ['', 'the end of the query'],
    ['{ .a ', 'got the end of the query'],
    ['{ span. }', 'expected the name of an attribute'],
    ['{ trace:kind = server }', 'expected an intrinsic of trace: such as rootName'],
    ['{ .a = "x }', 'expected the end of a string'],
    ['{ ."x }', 'expected the end of a quoted name'],
    ['{ .a = 99999999999999999999 }', 'expected a number of 64 bits'],
    ['({ .a }) && ({ .b } | { .c })', 'expected ) or |, got )'],
    ['3 = 2', 'expected an aggregate at one side'],
    ['{ } | rate() > 1 / 0', 'can be divided by, got zero'],
    ['{ } | rate() | topk(-1)', 'expected a whole number'],
    ['('.repeat(600), 'levels of nesting'],
  ])('cannot parse %s', (query, message) => {
    const { kind, message: got } = refusalOf(query)
    expect(kind).toBe('parse')
    expect(got).toContain(message)
  })

  it.each([
    ['{ 1 = "foo" }', 'expected both sides of = of one type, got a whole number and a string'],
    ['{ status > ok }', 'expected what > can take, got a status'],
    ['{ name = nil }', 'expected an attribute that can be missing, got name'],
    ['{ .a =~ "[" }', ']'],
    ['{ .a } | by(1)', 'got a constant'],
    ['{ } | rate() | topk(0)', 'expected topk of at least 1'],
    ['{ } | quantile_over_time(duration, 2)', 'quantiles from 0 to 1, got 2'],
    ['({ } | compare({ })) + ({ } | rate())', 'nothing after compare()'],
  ])('refuses %s', (query, message) => {
    const { kind, message: got } = refusalOf(query)
    expect(kind).toBe('invalid')
    expect(got).toContain(message)
    expect(got).toContain('^')
  })

  it.each([
    '{ parent.a = 1 }',
    '{ } | count() + count() = 1',
    '({ } | count()) > ({ } | count())',
    '{ } | rate() by (.a, .b, .c, .d, .e, .f)',
  ])('says that %s is not supported', query => {
    expect(refusalOf(query).kind).toBe('unsupported')
  })
})
