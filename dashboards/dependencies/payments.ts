import { dependencyBudgets } from '../../contract/budgets.ts'
import { not } from '../../contract/expr.ts'
import { business } from '../../contract/shop-signals.ts'
import { httpClient, resilience } from '../../otel/signals.ts'
import { dependencyErrorRatio, retryRatio } from '../expressions.ts'
import { row, stateTimeline, timeseries } from '../kit/panels.ts'
import { promql, quantile, rate, value } from '../kit/queries.ts'
import { below, none } from '../thresholds.ts'

/** The payment service: its calls, and what protects the shop from it. */
export const paymentsRows = [
  row('Payments: rate, errors, duration', [
    timeseries({
      title: 'Attempts by outcome',
      description:
        'Calls per second, the failed ones by their error: a status, or why there was no answer. Normal: one successful attempt per order. Attempts well above orders are retries.',
      unit: 'requestsPerSecond',
      stack: true,
      queries: [
        promql(
          rate(httpClient.duration, { by: ['http_response_status_code'], where: { error_type: '' } }),
          '{{http_response_status_code}}',
        ),
        promql(
          rate(httpClient.duration, { by: ['error_type'], where: { error_type: not('') } }),
          '{{error_type}} failed',
        ),
      ],
      overrides: [
        { series: '2..', colour: 'good' },
        { series: '.* failed', colour: 'bad' },
      ],
    }),
    timeseries({
      title: 'Failed attempts',
      description:
        'Share of attempts that failed. Normal: 0. Users see only what is left after retries: compare with calls given up.',
      unit: 'ratio',
      queries: [promql(dependencyErrorRatio, '{{server_address}}')],
    }),
    timeseries({
      title: 'Attempt duration',
      description:
        'Median, p95 and p99 of one attempt. Normal: p99 below the dashed budget. A flat top is the timeout cutting it off.',
      unit: 'seconds',
      limit: true,
      thresholds: below(dependencyBudgets.paymentsP99),
      queries: [
        promql(quantile(0.99, httpClient.duration), 'p99', { exemplars: true }),
        promql(quantile(0.95, httpClient.duration), 'p95'),
        promql(quantile(0.5, httpClient.duration), 'p50'),
      ],
    }),
  ]),
  row('Payments: retries, calls given up, breaker', [
    timeseries({
      title: 'Retries per attempt',
      description:
        'Share of the attempts that are retries. Normal: near 0. Above the dashed budget the retries themselves are a load the dependency does not need.',
      unit: 'ratio',
      limit: true,
      thresholds: below(dependencyBudgets.retryRatio),
      queries: [promql(retryRatio, 'retries')],
    }),
    timeseries({
      title: 'Calls given up',
      description:
        'Calls that failed for good, by cause. Normal: none. breaker_open fails fast on purpose; timeout is a dependency too slow, error one that refuses.',
      unit: 'requestsPerSecond',
      queries: [promql(rate(resilience.giveUps, { by: ['reason'] }), '{{reason}}')],
      overrides: [
        { series: 'timeout', colour: 'warning' },
        { series: 'error', colour: 'bad' },
        { series: 'breaker_open', colour: 'accent' },
      ],
    }),
    stateTimeline({
      title: 'Circuit breaker',
      description:
        'The worst state of the breaker among the processes. Normal: closed. Open: calls fail at once and the dependency gets time to recover; half open: one call tries.',
      unit: 'none',
      width: 8,
      mappings: [
        { value: '0', text: 'closed', colour: 'good' },
        { value: '1', text: 'half open', colour: 'warning' },
        { value: '2', text: 'open', colour: 'bad' },
      ],
      queries: [promql(breaker(), '{{dependency}}')],
    }),
  ]),
  row('Payments: what the sweep settles', [
    timeseries({
      title: 'Orders and payments not settled',
      description:
        'Orders and payments that have been open for longer than a payment can take. Normal: 0. The sweep settles them within seconds; those that stay are a payment service or a database it cannot reach.',
      unit: 'count',
      decimals: 0,
      width: 12,
      limit: true,
      thresholds: none,
      queries: [promql(value('max', business.unsettled), 'not settled')],
    }),
    timeseries({
      title: 'Settled afterwards',
      description:
        'Orders the sweep settled, by what became of them. Normal: none. After a crash a few are placed or failed; voided ones were charged, not delivered, and are paid back.',
      unit: 'perSecond',
      width: 12,
      queries: [promql(rate(business.swept, { by: ['outcome'] }), '{{outcome}}')],
      overrides: [
        { series: 'placed', colour: 'good' },
        { series: 'voided', colour: 'warning' },
        { series: 'failed', colour: 'bad' },
      ],
    }),
  ]),
]

/** 0 closed, 1 half open, 2 open: the worst state of all processes. */
function breaker(): string {
  const state = (name: 'half_open' | 'open') =>
    value('max', resilience.breakerState, { by: ['dependency'], where: { state: name } })
  return `2 * ${state('open')} + ${state('half_open')}`
}
