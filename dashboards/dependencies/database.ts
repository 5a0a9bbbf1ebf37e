import { dependencyBudgets } from '../../contract/budgets.ts'
import { database } from '../../otel/signals.ts'
import { poolUtilization, poolWait, queryErrors } from '../expressions.ts'
import { row, timeseries } from '../kit/panels.ts'
import { promql, quantile, rate, value } from '../kit/queries.ts'
import { below } from '../thresholds.ts'

const pool = '{{job}} {{db_client_connection_pool_name}}'

/** The database and its connection pool. */
export const databaseRows = [
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
]
