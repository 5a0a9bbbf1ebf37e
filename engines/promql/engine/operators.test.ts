import { describe, expect, it } from 'vitest'
import { printLabels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import { parseSeriesLine } from '../replay/series-notation.ts'
import { createStore } from '../store/memory.ts'
import { instantQuery, rangeQuery } from './query.ts'
import type { QueryOptions } from './results.ts'

const interval = 60_000

/** Series in the notation of Prometheus' tests, a sample a minute. */
function storeOf(...lines: string[]) {
  const store = createStore()
  for (const line of lines) {
    const { labels, values } = parseSeriesLine(line)
    const series = store.series(labels)
    values.forEach((value, index) => {
      if (value === 'stale') series.markStale(index * interval)
      else if (typeof value === 'number') series.append(index * interval, value)
    })
  }
  return store
}

function ask(query: string, ...lines: string[]): string[] {
  const result = instantQuery(storeOf(...lines), query, 0)
  if (result.type === 'scalar') return [String(result.value)]
  if (result.type !== 'vector') throw new Error(`Expected a vector, got a ${result.type}`)
  return result.samples.map(({ labels, value }) => `${printLabels(labels)} ${value}`)
}

function askRange(query: string, minutes: number, ...lines: string[]): string[] {
  const { series } = rangeQuery(storeOf(...lines), query, {
    start: 0,
    end: minutes * interval,
    step: interval,
  })
  return series.map(({ labels, times, values }) => {
    const points = [...values].map((value, i) => `${value}@${times[i]! / interval}`)
    return `${printLabels(labels)} ${points.join(' ')}`
  })
}

describe('arithmetic', () => {
  it('follows Go where JavaScript differs', () => {
    expect(ask('1 ^ (0/0)')).toEqual(['1'])
    expect(ask('(-1) ^ (1/0)')).toEqual(['1'])
    expect(ask('-5 % 3')).toEqual(['-2'])
    expect(ask('5 % 0')).toEqual(['NaN'])
    expect(ask('clamp_min(vector(0/0), 1/0)')).toEqual(['{} Infinity'])
  })

  it('drops the name, comparisons keep it and the value of the vector', () => {
    expect(ask('x + 1', 'x{a="1"} 2')).toEqual(['{a="1"} 3'])
    expect(ask('1 < x', 'x{a="1"} 2')).toEqual(['x{a="1"} 2'])
    expect(ask('1 < bool x', 'x{a="1"} 2')).toEqual(['{a="1"} 1'])
    expect(ask('x > 3', 'x{a="1"} 2')).toEqual([])
  })

  it('joins series that become equal without their names while they do not meet', () => {
    const meeting = ['x 1 1', 'y 1 1']
    expect(askRange('{__name__=~"x|y"} * 2', 2, 'x 1 stale', 'y _ _ 5')).toEqual(['{} 2@0 10@2'])
    expect(() => ask('{__name__=~"x|y"} * 2', ...meeting)).toThrow('same labelset')
    expect(askRange('-{__name__=~"x|y"}', 2, 'x 1 stale', 'y _ _ 5')).toEqual(['{} -1@0 -5@2'])
    expect(() => ask('-{__name__=~"x|y"}', ...meeting)).toThrow('same labelset')
  })
})

describe('vector matching', () => {
  const code = ['x{code="1",job="a"} 10', 'x{code="2",job="a"} 20', 'y{job="a",zone="n"} 5']

  it('pairs many with one, and takes labels over from the one', () => {
    expect(ask('x / on (job) group_left (zone) y', ...code)).toEqual([
      '{code="1", job="a", zone="n"} 2',
      '{code="2", job="a", zone="n"} 4',
    ])
    expect(ask('y / on (job) group_right x', ...code)).toEqual([
      '{code="1", job="a"} 0.5',
      '{code="2", job="a"} 0.25',
    ])
  })

  it('says which side has duplicates, as Prometheus words it', () => {
    expect(() => ask('x / on (job) y', ...code)).toThrow(
      'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    )
    expect(() => ask('y / on (job) x', ...code)).toThrow(
      'found duplicate series for the match group {job="a"} on the right hand-side of the operation: [{__name__="x", code="2", job="a"}, {__name__="x", code="1", job="a"}];many-to-many matching not allowed: matching labels must be unique on one side',
    )
    expect(() => ask('x / on (job) group_left (code) y', ...code)).toThrow(
      'multiple matches for labels: grouping labels must ensure unique matches',
    )
  })

  it('lets duplicates be where the other side has no point', () => {
    expect(
      askRange('x + on (job) y', 1, 'x{job="a"} _ 1', 'y{job="a",v="1"} 1 stale', 'y{job="a",v="2"} 2 2'),
    ).toEqual(['{job="a"} 3@1'])
  })

  it('decides sets step by step', () => {
    const lines = ['x{a="1"} 1 1 1', 'y{a="1"} _ 2 stale', 'y{a="2"} 3 3 3']
    expect(askRange('x and on (a) y', 2, ...lines)).toEqual(['x{a="1"} 1@1'])
    expect(askRange('x unless on (a) y', 2, ...lines)).toEqual(['x{a="1"} 1@0 1@2'])
    expect(askRange('y or on (a) x', 2, ...lines)).toEqual([
      'x{a="1"} 1@0 1@2',
      'y{a="1"} 2@1',
      'y{a="2"} 3@0 3@1 3@2',
    ])
  })
})

describe('aggregations', () => {
  const x = ['x{a="1",b="1"} 1', 'x{a="1",b="2"} 3', 'x{a="2",b="1"} NaN']

  it('group by and without labels', () => {
    expect(ask('sum by (a) (x)', ...x)).toEqual(['{a="1"} 4', '{a="2"} NaN'])
    expect(ask('count without (a) (x)', ...x)).toEqual(['{b="1"} 2', '{b="2"} 1'])
    expect(ask('stddev(x{a="1"})', ...x)).toEqual(['{} 1'])
    expect(ask('max(x)', ...x)).toEqual(['{} 3'])
    expect(ask('quantile(0.5, x{a="1"})', ...x)).toEqual(['{} 2'])
    expect(ask('avg(x)', 'x{a="1"} 1.7e308', 'x{a="2"} 1.7e308')).toEqual(['{} 1.7e+308'])
    expect(ask('sum(x)', 'x{a="1"} 1', 'x{a="2"} 1e100', 'x{a="3"} -1e100')).toEqual(['{} 1'])
  })

  it('count equal values under the value as Go writes it', () => {
    expect(ask('count_values("v", x)', 'x{a="1"} 1e+21', 'x{a="2"} 0.00001', 'x{a="3"} 0.00001')).toEqual([
      '{v="1000000000000000000000"} 1',
      '{v="0.00001"} 2',
    ])
  })

  it('keeps of NaN alone the first ones, as Prometheus 3 does, or those Prometheus 2 keeps', () => {
    const store = storeOf('x{a="1"} NaN', 'x{a="2"} NaN', 'x{a="3"} NaN', 'x{a="4"} NaN')
    const kept = (query: string, semantics: NonNullable<QueryOptions['semantics']>) => {
      const { series } = rangeQuery(store, query, { start: 0, end: 0, step: 1 }, { semantics })
      return series.map(({ labels }) => labels.get('a'))
    }
    expect(kept('topk(1, x)', 'prometheus-3')).toEqual(['1'])
    expect(kept('bottomk(2, x)', 'prometheus-3')).toEqual(['1', '2'])
    expect(kept('topk(1, x)', 'prometheus-2')).toEqual(['4'])
    expect(kept('bottomk(2, x)', 'prometheus-2')).toEqual(['1', '4'])
  })

  it('choose the largest with NaN last, best first, and step by step over a range', () => {
    expect(ask('topk(2, x)', ...x)).toEqual(['x{a="1", b="2"} 3', 'x{a="1", b="1"} 1'])
    expect(ask('bottomk by (a) (5, x)', ...x)).toEqual([
      'x{a="1", b="1"} 1',
      'x{a="1", b="2"} 3',
      'x{a="2", b="1"} NaN',
    ])
    expect(askRange('topk(1, x)', 1, 'x{a="1"} 1 5', 'x{a="2"} 2 2')).toEqual([
      'x{a="1"} 5@1',
      'x{a="2"} 2@0',
    ])
    expect(() => ask('topk(0/0, x)', ...x)).toThrow('Parameter value is NaN')
  })
})

describe('classic histograms', () => {
  const buckets = ['h_bucket{le="1"} 2', 'h_bucket{le="2"} 6', 'h_bucket{le="+Inf"} 8']

  it('give quantiles and fractions in proportion within a bucket', () => {
    expect(ask('histogram_quantile(0.5, h_bucket)', ...buckets)).toEqual(['{} 1.5'])
    expect(ask('histogram_quantile(0.9, h_bucket)', ...buckets)).toEqual(['{} 2'])
    expect(ask('histogram_fraction(0, 1.5, h_bucket)', ...buckets)).toEqual(['{} 0.5'])
    expect(ask('histogram_fraction(1, 1.5, h_bucket)', ...buckets)).toEqual(['{} 0.25'])
    expect(ask('histogram_quantile(0.5, h_bucket{le!="+Inf"})', ...buckets)).toEqual(['{} NaN'])
  })

  it('say what was wrong with the buckets', () => {
    const falling = storeOf(
      'h_bucket{le="1"} 5',
      'h_bucket{le="2"} 3',
      'h_bucket{le="+Inf"} 8',
      'h_bucket{le="x"} 1',
    )
    const { infos, warnings } = instantQuery(falling, 'histogram_quantile(0.5, h_bucket)', 0)
    expect(infos).toEqual([
      'PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), from buckets 2 to 2, with a max diff of 2, over 1 samples from 1970-01-01T00:00:00Z to 1970-01-01T00:00:00Z',
    ])
    expect(warnings).toEqual(['PromQL warning: bucket label "le" is missing or has a malformed value of "x"'])
  })
})

describe('labels and dates', () => {
  it('replaces only where the whole value matches', () => {
    expect(ask('label_replace(x, "b", "$1-${n}", "a", "(.)(?P<n>.)")', 'x{a="uv"} 1', 'x{a="w"} 1')).toEqual([
      'x{a="uv", b="u-v"} 1',
      'x{a="w"} 1',
    ])
    expect(ask('label_replace(x, "a", "", "a", ".*")', 'x{a="1"} 1')).toEqual(['x 1'])
    expect(ask('label_join(x, "c", "-", "a", "b")', 'x{a="1",b="2"} 1')).toEqual([
      'x{a="1", b="2", c="1-2"} 1',
    ])
    expect(() => ask('label_replace(x, "a", "", "b", "(")', 'x 1')).toThrow('invalid regular expression')
    expect(() => ask('label_replace(x, "a", "y", "", "")', 'x{a="1"} 1', 'x{a="2"} 1')).toThrow(
      'same labelset',
    )
  })

  it('reads dates in UTC, far ones and impossible ones too', () => {
    expect(ask('day_of_year(vector(1709251199))')).toEqual(['{} 60'])
    expect(ask('days_in_month(vector(1709251199))')).toEqual(['{} 29'])
    expect(ask('year(vector(-1))')).toEqual(['{} 1969'])
    expect(ask('year(vector(1e18))')).toEqual(['{} 31688740476'])
    expect(ask('year(vector(0/0))')).toEqual(['{} 292277026596'])
  })

  it('tells what is absent from the matchers, unless they contradict', () => {
    expect(ask('absent(x{a="1",b=~"2",c="3",c="4"})')).toEqual(['{a="1"} 1'])
    expect(ask('absent(sum(x))')).toEqual(['{} 1'])
    expect(ask('absent(x)', 'x 0')).toEqual([])
  })
})

describe('limits', () => {
  const lines = ['x{a="1"} 0+1x100', 'x{a="2"} 0+1x100']
  const range = { start: 0, end: 100 * interval, step: interval }
  const run = (query: string, options: QueryOptions) => () =>
    rangeQuery(storeOf(...lines), query, range, options)

  it.each([
    ['steps', { steps: 100 }, 'Query stopped by its limit of steps: expected at most 100, got 101'],
    ['series', { series: 1 }, 'Query stopped by its limit of series: expected at most 1, got 2'],
    ['samples', { samples: 50 }, 'Query stopped by its limit of samples: expected at most 50'],
    ['milliseconds', { milliseconds: -1 }, 'Query stopped by its limit of milliseconds: expected at most -1'],
  ])('stop a query by %s, and say by how much', (_, limits, message) => {
    expect(run('x', { limits })).toThrow(message)
  })

  it('bound the steps of a subquery before they are laid out', () => {
    expect(run('max_over_time(x[100y:1s])', {})).toThrow('limit of steps')
  })

  it('ask whether the query is still wanted', () => {
    let asked = 0
    const isCancelled = () => ++asked > 1
    try {
      run('quantile_over_time(0.5, x[1h:1s])', { isCancelled })()
      expect.unreachable()
    } catch (error) {
      expect(error instanceof QueryError && error.reason).toBe('cancelled')
    }
  })
})
