import { dependencyBudgets } from '../../contract/budgets.ts'
import { cache } from '../../otel/signals.ts'
import { cacheFullness, cacheHitRatio } from '../expressions.ts'
import { row, timeseries } from '../kit/panels.ts'
import { promql, quantile, rate, value } from '../kit/queries.ts'
import { atLeast } from '../thresholds.ts'

/** The cache in front of the database. */
export const cacheRows = [
  row('Cache', [
    timeseries({
      title: 'Look-ups by result',
      description:
        'Cache look-ups per second. Normal: mostly hits. Many shared ones are callers waiting for one fill, which is the protection against a stampede at work.',
      unit: 'operationsPerSecond',
      width: 6,
      stack: true,
      queries: [promql(rate(cache.requests, { by: ['result'] }), '{{result}}')],
      overrides: [
        { series: 'hit', colour: 'good' },
        { series: 'miss', colour: 'warning' },
        { series: 'shared', colour: 'neutral' },
        { series: 'error', colour: 'bad' },
      ],
    }),
    timeseries({
      title: 'Hit ratio',
      description:
        'Share of look-ups answered from the cache. Normal: above the dashed line. Below it the database does the work: check evictions and what changed in the keys.',
      unit: 'ratio',
      decimals: 0,
      max: 1,
      width: 6,
      limit: true,
      thresholds: atLeast(dependencyBudgets.cacheHitRatio),
      queries: [promql(cacheHitRatio, '{{cache}}')],
    }),
    timeseries({
      title: 'Fills: time and number',
      description:
        'p95 of loading a missing entry, and fills under way at once. Normal: fills in flight near 0. A burst of them is a stampede.',
      unit: 'seconds',
      width: 6,
      queries: [
        promql(quantile(0.95, cache.fillDuration, { by: ['cache'] }), '{{cache}} p95'),
        promql(value('sum', cache.fillsInFlight, { by: ['cache'] }), '{{cache}} in flight'),
      ],
      overrides: [{ series: '.* in flight', unit: 'count', colour: 'muted', dashed: true }],
    }),
    timeseries({
      title: 'Fullness and evictions',
      description:
        'Entries over those it may hold, and evictions per second by cause. Normal: expired ones only. Evictions for capacity mean the cache is too small for its keys.',
      unit: 'perSecond',
      width: 6,
      queries: [
        promql(cacheFullness, '{{cache}} fullness'),
        promql(rate(cache.evictions, { by: ['reason'] }), '{{reason}}'),
      ],
      overrides: [{ series: '.* fullness', unit: 'ratio', colour: 'muted', dashed: true }],
    }),
  ]),
]
