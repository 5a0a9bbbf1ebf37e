import { dependencyBudgets } from '../contract/budgets.ts'
import { not } from '../contract/expr.ts'
import { cache, database, httpClient, jobs, resilience } from '../otel/signals.ts'
import {
  cacheFullness,
  cacheHitRatio,
  dependencyErrorRatio,
  poolUtilization,
  poolWait,
  queryErrors,
  queueAge,
  queueDead,
  queueReady,
  retryRatio,
  slotsUtilization,
} from './expressions.ts'
import { dashboard } from './kit/dashboard.ts'
import { row, stateTimeline, timeseries } from './kit/panels.ts'
import { orZeroLike, promql, quantile, rate, value } from './kit/queries.ts'
import { atLeast, below, none } from './thresholds.ts'

const pool = '{{job}} {{db_client_connection_pool_name}}'
const queue = '{{messaging_destination_name}}'

export const dependencies = dashboard({
  file: import.meta.url,
  uid: 'sightline-dependencies',
  title: 'Dependencies',
  description:
    'What the service waits for. For each: first rate, errors and duration as the service sees them, then what it has left.',
  links: [
    { kind: 'dashboard', title: 'RED', uid: 'sightline-red', tooltip: 'Whether users notice' },
    {
      kind: 'dashboard',
      title: 'Investigate',
      uid: 'sightline-investigate',
      tooltip: 'Traces of the same time',
    },
  ],
  rows: [
    row('Database: rate, errors, duration', [
      timeseries({
        title: 'Operations by query',
        description:
          'Database operations per second by query. Normal: in proportion to requests. One query growing alone is an N+1; see the trace of a request that makes it.',
        unit: 'operationsPerSecond',
        height: 10,
        stack: true,
        legend: 'table',
        queries: [promql(rate(database.duration, { by: ['db_query_summary'] }), '{{db_query_summary}}')],
      }),
      timeseries({
        title: 'Failed operations',
        description:
          'Share of operations that failed, by service. Normal: 0. The kind of error stands in the error logs of Investigate.',
        unit: 'ratio',
        height: 10,
        queries: [promql(queryErrors(['job']), '{{job}}')],
      }),
      timeseries({
        title: 'Operation p99 by query',
        description:
          'p99 of each query, without the wait for a connection. Normal: below the dashed budget. A query that got slow by itself lost its index or its table grew.',
        unit: 'seconds',
        height: 10,
        limit: true,
        legend: 'table',
        thresholds: below(dependencyBudgets.queryP99),
        queries: [
          promql(quantile(0.99, database.duration, { by: ['db_query_summary'] }), '{{db_query_summary}}', {
            exemplars: true,
          }),
        ],
      }),
    ]),
    row('Database pool: utilisation, saturation, errors', [
      timeseries({
        title: 'Pool utilisation',
        description:
          'Connections in use over those the pool may open. Normal: below the dashed line. Near 100 % look right: who waits; a pool that stays full without traffic leaks connections.',
        unit: 'ratio',
        decimals: 0,
        max: 1,
        limit: true,
        thresholds: below(dependencyBudgets.poolUtilization),
        queries: [promql(poolUtilization, pool)],
      }),
      timeseries({
        title: 'Wait for a connection',
        description:
          'p99 and median of the wait for a connection. Normal: near 0. Above the dashed budget requests are slow before their query starts.',
        unit: 'seconds',
        limit: true,
        thresholds: below(dependencyBudgets.poolWaitP99),
        queries: [promql(poolWait(0.99), `${pool} p99`), promql(poolWait(0.5), `${pool} p50`)],
      }),
      timeseries({
        title: 'Waiting and given up',
        description:
          'Callers that wait for a connection now, and those per second that gave up. Normal: none. Given up means failed requests.',
        unit: 'count',
        queries: [
          promql(
            value('sum', database.connectionsPending, { by: ['job', 'db_client_connection_pool_name'] }),
            `${pool} waiting`,
          ),
          promql(
            rate(database.connectionTimeouts, { by: ['job', 'db_client_connection_pool_name'] }),
            `${pool} given up per second`,
          ),
        ],
        overrides: [{ series: '.* given up per second', colour: 'bad' }],
      }),
    ]),
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
    row('Queue: rate, errors, duration', [
      timeseries({
        title: 'Sent and processed',
        description:
          'Jobs put on the queue and worked off per second. Normal: both lines together. Sent above processed is a queue that grows.',
        unit: 'perSecond',
        queries: [
          promql(rate(jobs.sent, { by: ['messaging_destination_name'] }), `${queue} sent`),
          promql(
            rate(jobs.duration, { by: ['messaging_destination_name'], where: { error_type: '' } }),
            `${queue} processed`,
          ),
        ],
      }),
      timeseries({
        title: 'Failed attempts, retries, dead letters',
        description:
          'Attempts that failed, attempts after the first, and jobs given up. Normal: none. Dead letters need a person: look at them, fix, retry.',
        unit: 'perSecond',
        queries: [
          promql(
            orZeroLike(
              rate(jobs.duration, { by: ['messaging_destination_name'], where: { error_type: not('') } }),
              rate(jobs.duration, { by: ['messaging_destination_name'] }),
            ),
            `${queue} failed`,
          ),
          promql(rate(jobs.retries, { by: ['messaging_destination_name'] }), `${queue} retried`),
          promql(rate(jobs.deadLettered, { by: ['messaging_destination_name'] }), `${queue} dead-lettered`),
        ],
        overrides: [{ series: '.* dead-lettered', colour: 'bad' }],
      }),
      timeseries({
        title: 'Wait and processing time',
        description:
          'p95 from sending to the start of the first attempt, and p95 of one attempt. Normal: wait below the dashed budget. Waiting long with short attempts means too few workers.',
        unit: 'seconds',
        limit: true,
        thresholds: below(dependencyBudgets.queueOldestAge),
        queries: [
          promql(quantile(0.95, jobs.wait, { by: ['messaging_destination_name'] }), `${queue} wait`, {
            exemplars: true,
          }),
          promql(
            quantile(0.95, jobs.duration, { by: ['messaging_destination_name'] }),
            `${queue} processing`,
          ),
        ],
      }),
    ]),
    row('Queue: utilisation, saturation, errors', [
      timeseries({
        title: 'Worker slots in use',
        description:
          'Jobs being processed over those the workers may process at once. Normal: below 100 %. At 100 % with a growing queue, add workers.',
        unit: 'ratio',
        decimals: 0,
        max: 1,
        width: 6,
        queries: [promql(slotsUtilization, queue)],
      }),
      timeseries({
        title: 'Jobs waiting',
        description:
          'Jobs that are ready to run. Normal: a few. Above the dashed budget the worker does not keep up.',
        unit: 'count',
        decimals: 0,
        width: 6,
        limit: true,
        thresholds: below(dependencyBudgets.queueDepth),
        queries: [promql(queueReady, queue)],
      }),
      timeseries({
        title: 'Age of the oldest job',
        description:
          'How long the oldest ready job has waited. Normal: near 0. A rising straight line is a worker that stands still.',
        unit: 'seconds',
        width: 6,
        limit: true,
        thresholds: below(dependencyBudgets.queueOldestAge),
        queries: [promql(queueAge, queue)],
      }),
      timeseries({
        title: 'Dead letters',
        description:
          'Jobs given up and kept for a person. Normal: none. They stay until someone looks at them and retries them.',
        unit: 'count',
        decimals: 0,
        width: 6,
        limit: true,
        thresholds: none,
        queries: [promql(queueDead, queue)],
      }),
    ]),
  ],
})

/** 0 closed, 1 half open, 2 open: the worst state of all processes. */
function breaker(): string {
  const state = (name: 'half_open' | 'open') =>
    value('max', resilience.breakerState, { by: ['dependency'], where: { state: name } })
  return `2 * ${state('open')} + ${state('half_open')}`
}
