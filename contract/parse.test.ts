import { expect, test } from 'vitest'
import { groupings, selectors, syntaxProblem } from './parse.ts'

test('selectors tell metric, matchers, window and the function around it', () => {
  const [first, second] = selectors(
    'sum by (job) (rate(a_total{x="1", y=~"$job"}[$__rate_interval])) / on (job) b',
  )
  expect(first).toMatchObject({
    metric: { text: 'a_total' },
    matchers: [
      { label: { text: 'x' }, operator: '=', value: { text: '1' } },
      { label: { text: 'y' }, operator: '=~', value: { text: '$job' } },
    ],
    range: { duration: '$__rate_interval', within: 'rate' },
  })
  expect(second).toMatchObject({ metric: { text: 'b' }, matchers: [] })
})

test('offsets stand in the original text, whatever variables are longer than what they stand for', () => {
  const query = 'increase(a[$__range]) + b{x="$instance"}'
  const [, second] = selectors(query)
  expect(query.slice(second!.metric.from, second!.metric.to)).toBe('b')
})

test('grouping labels know the selectors they act on', () => {
  const found = groupings('sum by (x) (a) + on (y) group_left (z) b')
  expect(found.map(({ label, over }) => [label.text, over.map(({ metric }) => metric.text)])).toEqual([
    ['x', ['a']],
    ['y', ['a', 'b']],
    ['z', ['a', 'b']],
  ])
})

test.each([
  ['promql', 'sum(rate(a[$__rate_interval]))'],
  ['promql', 'last_over_time((a > 0)[$__interval:$__interval] offset $__interval)'],
  ['promql', 'count_over_time(a[$__range:]) * $__interval_ms / 1000'],
  ['logql', 'sum by (detected_level) (count_over_time({service_name=~"$job"} |= "$search" [$__auto]))'],
  ['logql', '{service_name=~"$job"} | trace_id="${trace:raw}"'],
  ['traceql', '{ resource.service.name=~"$job" && duration>300ms }'],
] as const)('%s accepts %s', (language, query) => {
  expect(syntaxProblem(language, query)).toBeUndefined()
})

test.each([
  ['promql', 'sum('],
  ['promql', '(a > 0) offset 5m'],
  ['promql', 'rate(a)[5m'],
  ['promql', ''],
  ['logql', '{service_name="a"'],
  ['logql', 'rate({a="b"})'],
  ['traceql', '{ duration > }'],
  ['traceql', 'resource.service.name = "a"'],
] as const)('%s refuses %s', (language, query) => {
  expect(syntaxProblem(language, query)).toBeDefined()
})
