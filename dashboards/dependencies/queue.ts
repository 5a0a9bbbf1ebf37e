import { dependencyBudgets } from '../../contract/budgets.ts'
import { not } from '../../contract/expr.ts'
import { jobs } from '../../otel/signals.ts'
import { queueAge, queueDead, queueReady, slotsUtilization } from '../expressions.ts'
import { row, timeseries } from '../kit/panels.ts'
import { orZeroLike, promql, quantile, rate } from '../kit/queries.ts'
import { below, none } from '../thresholds.ts'

const queue = '{{messaging_destination_name}}'

/** The job queue. */
export const queueRows = [
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
        promql(quantile(0.95, jobs.duration, { by: ['messaging_destination_name'] }), `${queue} processing`),
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
]
