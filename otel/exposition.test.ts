import { expect, test } from 'vitest'
import { checkExposition, parseExposition } from './exposition.ts'
import { cache, defineCounter, jobs } from './signals.ts'

const fulfilled = defineCounter('shop_orders_fulfilled_total', 'business', 'Orders the worker has fulfilled')
const contract = [
  { ...cache.requests, emittedBy: ['shop'] },
  { ...cache.fillDuration, emittedBy: ['shop'] },
  { ...fulfilled, emittedBy: ['worker'] },
]

const good = `# HELP cache_requests Look-ups
# TYPE cache_requests counter
cache_requests_total{cache="products",result="hit"} 3
# HELP cache_fill_duration_seconds Time
# TYPE cache_fill_duration_seconds histogram
cache_fill_duration_seconds_bucket{le="0.0005",cache="products",error_type=""} 1 # {trace_id="abc"} 0.0001 17.5
cache_fill_duration_seconds_bucket{le="+Inf",cache="products",error_type=""} 1
cache_fill_duration_seconds_sum{cache="products",error_type=""} 0.0001
cache_fill_duration_seconds_count{cache="products",error_type=""} 1
# EOF
`

test('an exposition that keeps to the contract has no problems', () => {
  expect(checkExposition(good, 'shop', contract)).toEqual([])
})

test.each([
  ['an unknown metric', '# TYPE other_total counter\n', 'other_total is emitted but not in the contract'],
  [
    'a metric of another role',
    '# TYPE shop_orders_fulfilled counter\nshop_orders_fulfilled_total 1\n',
    'shop_orders_fulfilled_total is emitted by shop, expected of worker only',
  ],
])('%s is a problem', (_, addition, problem) => {
  expect(checkExposition(good.replace('# EOF', addition), 'shop', contract)).toEqual([problem])
})

test.each([
  [
    'a missing metric',
    /# TYPE cache_requests counter\n.*\n/,
    '',
    'cache_requests_total is expected of shop but not emitted',
  ],
  [
    'another kind',
    'requests counter',
    'requests_total gauge',
    'cache_requests_total is a gauge, expected a counter',
  ],
  [
    'a missing label',
    'cache="products",result="hit"',
    'result="hit"',
    'cache_requests_total has the labels "result", expected "cache, result"',
  ],
  [
    'a value outside its closed set',
    'result="hit"',
    'result="stale"',
    'cache_requests_total has result="stale", expected one of hit, miss, shared, error',
  ],
  [
    'another bucket',
    'le="0.0005"',
    'le="0.0007"',
    'cache_fill_duration_seconds has a bucket 0.0007, expected one of',
  ],
])('%s is a problem', (_, from, to, problem) => {
  const problems = checkExposition(good.replace(from, to), 'shop', contract)
  expect(problems).toEqual([expect.stringContaining(problem)])
})

test('reads escaped label values and exemplars', () => {
  const text = '# TYPE a gauge\na{b="x\\"y\\\\z\\n,c=\\"1\\""} 1 # {trace_id="t"} 1 2\n'
  expect(parseExposition(text).get('a')?.samples).toEqual([
    { name: 'a', labels: { b: 'x"y\\z\n,c="1"' }, value: 1, exemplar: { trace_id: 't' } },
  ])
})

test('refuses a line that is no sample', () => {
  expect(() => parseExposition('# TYPE a gauge\na{ 1\n')).toThrow('Cannot read an exposition')
})

test('a role is asked for its own metrics only', () => {
  expect(checkExposition('', 'payments', [{ ...jobs.sent, emittedBy: ['shop'] }])).toEqual([])
})
