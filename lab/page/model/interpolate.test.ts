import { describe, expect, test } from 'vitest'
import type { Variable } from './dashboard.ts'
import { all, allVariables, type Chosen, interpolate, type Scope } from './interpolate.ts'

function chosen(
  name: string,
  values: string[],
  more: Partial<Variable> = {},
  options = values,
): [string, Chosen] {
  return [name, { variable: { name, type: 'query', ...more }, values, options }]
}

const several = { multi: true, includeAll: true, allValue: '.+' }

function scope(...variables: [string, Chosen][]): Scope {
  return { variables: new Map(variables), builtIns: { __rate_interval: '20s' } }
}

describe('in PromQL', () => {
  const query = 'rate(x{job=~"$job"}[$__rate_interval])'

  test('everything is the value that the variable names for it, unescaped', () => {
    expect(interpolate(query, scope(chosen('job', [all], several)), 'promql')).toBe('rate(x{job=~".+"}[20s])')
  })

  test('several values are alternatives, each taken literally', () => {
    const text = interpolate(query, scope(chosen('job', ['a.b', 'c'], several)), 'promql')
    expect(text).toBe('rate(x{job=~"(a\\\\.b|c)"}[20s])')
  })

  test('everything without a value for it is all the options', () => {
    const text = interpolate(query, scope(chosen('job', [all], { includeAll: true }, ['a', 'b'])), 'promql')
    expect(text).toBe('rate(x{job=~"(a|b)"}[20s])')
  })

  test('a text that is typed in cannot end the string it stands in', () => {
    const typed = scope(chosen('search', ['say "no"\\'], { type: 'textbox' }))
    expect(interpolate('{a="b"} |= "$search"', typed, 'logql')).toBe('{a="b"} |= "say \\"no\\"\\\\"')
  })

  test('a name that is no variable stays as it is', () => {
    expect(interpolate('x{a=~"b$"} / $other', scope(), 'promql')).toBe('x{a=~"b$"} / $other')
  })
})

test('formats of a reference', () => {
  const both = scope(chosen('job', ['a b', 'c'], several))
  const written = (format: string) => interpolate(`\${job:${format}}`, both, 'text')
  expect(['raw', 'csv', 'pipe', 'json', 'queryparam', 'regex', 'text', 'doublequote'].map(written)).toEqual([
    'a b,c',
    'a b,c',
    'a b|c',
    '["a b","c"]',
    'var-job=a%20b&var-job=c',
    '(a b|c)',
    'a b + c',
    '"a b","c"',
  ])
})

test('a dotted reference is looked up, and a link carries it encoded', () => {
  const labelled: Scope = {
    ...scope(),
    lookUp: path => (path === '__field.labels.http_route' ? '/orders/:id?' : undefined),
  }
  const url = '/d/x?var-route=${__field.labels.http_route}'
  expect(interpolate(url, labelled, 'url')).toBe('/d/x?var-route=%2Forders%2F%3Aid%3F')
  expect(interpolate('${__field.labels["http_route"]}', labelled, 'text')).toBe('/orders/:id?')
})

test('all variables of an address leave out those that do not belong there', () => {
  const { variables } = scope(
    chosen('job', [all], several),
    chosen('trace', ['ab'], { type: 'textbox' }),
    chosen('hidden', ['x'], { skipUrlSync: true }),
  )
  expect(allVariables(variables)).toBe('var-job=%24__all&var-trace=ab')
})
