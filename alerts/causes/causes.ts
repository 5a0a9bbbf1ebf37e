/** Likely causes of what users notice: tickets, never pages, with their thresholds from the budgets. */

import { dependencyBudgets, resourceBudgets, telemetryBudgets } from '../../contract/budgets.ts'
import { duration } from '../../contract/durations.ts'
import { matches, not, select } from '../../contract/expr.ts'
import type { Preset } from '../../contract/windows.ts'
import {
  cache,
  database,
  httpClient,
  httpServer,
  jobs,
  resilience,
  runtime,
  telemetry,
  threadPool,
} from '../../otel/signals.ts'
import type { RuleGroup } from '../rules.ts'
import { type Cause, causeRule } from './cause.ts'

export function causeGroups(preset: Preset): RuleGroup[] {
  const group = (name: string, causes: (preset: Preset) => Cause[]) => ({
    name,
    interval: preset.evaluationInterval,
    rules: causes(preset).map(causeRule),
  })
  return [group('causes-process', processCauses), group('causes-dependency', dependencyCauses)]
}

/** The load generator is a client: its own saturation is no cause of the shop's trouble. */
const services = { job: not('load') }
const perCent = '{{ $value | humanizePercentage }}'
const time = '{{ $value | humanizeDuration }}'
const where = '{{ $labels.job }} on {{ $labels.instance }}'

function processCauses(preset: Preset): Cause[] {
  const window = duration(preset.cause.window)
  const common = { for: preset.cause.for, category: 'cause', dashboard: 'sightline-use' } as const
  const perProcess = (series: string) => `sum by (job, instance) (rate(${series}[${window}]))`
  const loopTime = (state?: 'active') =>
    perProcess(
      select(runtime.eventLoopTime, {
        ...services,
        ...(state === undefined ? {} : { nodejs_eventloop_state: state }),
      }),
    )
  const restartWindow = duration(3 * preset.cause.window)
  return [
    {
      ...common,
      alert: 'EventLoopSaturated',
      expr:
        `${loopTime('active')} / (${loopTime()} > 0) > ${resourceBudgets.eventLoopUtilization}` +
        ` or avg_over_time(${select(runtime.eventLoopDelayP99, services)}[${window}]) > ${resourceBudgets.eventLoopDelayP99}`,
      summary: `Event loop of ${where} is saturated`,
      description: `Its loop is busy more than ${resourceBudgets.eventLoopUtilization} of the time, or the 99th percentile of its delay is above ${resourceBudgets.eventLoopDelayP99} s (now {{ $value | humanize }}); every request waits behind what blocks it`,
    },
    {
      ...common,
      alert: 'CpuHeadroomLow',
      // Its own use, or everybody's: beside a greedy neighbour a process cannot even use its share.
      expr:
        `${perProcess(select(runtime.cpu, services))} / ${select(runtime.cpuCores, services)} > ${resourceBudgets.cpuUtilization}` +
        ` or 1 - ${perProcess(select(runtime.machineCpu, { ...services, cpu_mode: 'idle' }))} / (${perProcess(select(runtime.machineCpu, services))} > 0) > ${resourceBudgets.cpuUtilization}`,
      summary: `${where} has little CPU headroom left`,
      description: `${perCent} of its cores are in use, by itself or by its neighbours; less than ${complement(resourceBudgets.cpuUtilization)} headroom does not absorb a spike`,
    },
    {
      ...common,
      alert: 'HeapNearLimit',
      expr: `sum by (job, instance) (${select(runtime.heapUsed, services)}) / ${select(runtime.heapLimit, services)} > ${resourceBudgets.heapUtilization}`,
      summary: `Heap of ${where} is near its limit`,
      description: `${perCent} of the heap's limit is in use; at the limit the process dies`,
    },
    {
      ...common,
      alert: 'GarbageCollectionHeavy',
      expr: `${perProcess(select(runtime.gc, services, 'sum'))} > ${resourceBudgets.gcTimeRatio}`,
      summary: `${where} spends much of its time on garbage collection`,
      description: `${perCent} of the time goes into pauses for garbage collection`,
    },
    {
      ...common,
      alert: 'CrashLoop',
      for: 0,
      expr: `changes(${select(runtime.startTime, services)}[${restartWindow}]) >= 2`,
      summary: `${where} keeps restarting`,
      description: `It has started {{ $value }} times within ${restartWindow}`,
    },
    {
      ...common,
      alert: 'ThreadPoolBacklog',
      expr: `avg_over_time(${select(threadPool.queued, services)}[${window}]) > ${dependencyBudgets.threadPoolQueued}`,
      summary: `Tasks wait for threads of pool {{ $labels.pool }} of ${where}`,
      description: `{{ $value | humanize }} tasks are waiting; the pool is too small for the work it gets`,
    },
    logVolume(preset),
  ]
}

function dependencyCauses(preset: Preset): Cause[] {
  const window = duration(preset.cause.window)
  const common = { for: preset.cause.for, category: 'cause', dashboard: 'sightline-dependencies' } as const
  const by = (labels: string, series: string) => `sum by (${labels}) (rate(${series}[${window}]))`
  const poolLabels = 'job, db_client_connection_pool_name'
  const retries = by('job', select(resilience.retries))
  const attempts = by('job', select(httpClient.duration, {}, 'count'))
  const lookups = by('job, cache', select(cache.requests))
  return [
    {
      ...common,
      alert: 'ConnectionPoolWaiting',
      expr:
        `${p99(poolLabels, select(database.connectionWait, {}, 'bucket'), window)} > ${dependencyBudgets.poolWaitP99}` +
        ` or ${by(poolLabels, select(database.connectionTimeouts))} > 0` +
        ` or sum by (${poolLabels}) (min_over_time(${select(database.connectionsPending)}[${window}])) > 0`,
      summary:
        'Callers of {{ $labels.job }} wait for connections of pool {{ $labels.db_client_connection_pool_name }}',
      description: `The 99th percentile of the wait is above ${dependencyBudgets.poolWaitP99} s, callers give up, or some wait all the time`,
    },
    {
      ...common,
      alert: 'SlowQueries',
      expr:
        `${p99('job, db_query_summary', select(database.duration, {}, 'bucket'), window)} > ${dependencyBudgets.queryP99}` +
        ` and ${by('job, db_query_summary', select(database.duration, {}, 'count'))} * ${preset.cause.window} >= 10`,
      summary: 'Query "{{ $labels.db_query_summary }}" of {{ $labels.job }} is slow',
      description: `Its 99th percentile is ${time}; its budget is ${dependencyBudgets.queryP99} s`,
    },
    {
      ...common,
      alert: 'QueriesPerRequestHigh',
      expr: `${by('job', select(database.duration, {}, 'count'))} / (${by('job', select(httpServer.duration, {}, 'count'))} > 0) > ${dependencyBudgets.queriesPerRequest}`,
      summary: '{{ $labels.job }} runs many queries per request',
      description: `{{ $value | humanize }} database operations per request; more than ${dependencyBudgets.queriesPerRequest} mean that rows are read one by one`,
    },
    {
      ...common,
      alert: 'CacheHitRatioLow',
      expr:
        `(${by('job, cache', select(cache.requests, { result: matches('hit|shared') }))} or 0 * ${lookups})` +
        ` / (${lookups} > 0) < ${dependencyBudgets.cacheHitRatio}` +
        ` and ${lookups} * ${preset.cause.window} >= 20`,
      summary: 'Cache {{ $labels.cache }} of {{ $labels.job }} hardly helps',
      description: `Only ${perCent} of its look-ups are answered without asking the database`,
    },
    {
      ...common,
      alert: 'CircuitBreakerOpen',
      for: 0,
      expr: `max by (job, dependency) (max_over_time(${select(resilience.breakerState, { state: 'open' })}[${window}])) == 1`,
      summary: 'Circuit breaker of {{ $labels.job }} to {{ $labels.dependency }} opens',
      description: `{{ $labels.job }} has stopped calling {{ $labels.dependency }} at least once within ${window}`,
    },
    {
      ...common,
      alert: 'RetryStorm',
      expr: `${retries} / (${attempts} - ${retries} > 0) > ${dependencyBudgets.retryRatio}`,
      summary: '{{ $labels.job }} retries more than it should',
      description: `{{ $value | humanize }} retries per call; beyond ${dependencyBudgets.retryRatio} they feed the overload they react to`,
    },
    {
      ...common,
      alert: 'DependencySlow',
      expr:
        `${p99('job, server_address, server_port', select(httpClient.duration, {}, 'bucket'), window)} > ${dependencyBudgets.paymentsP99}` +
        ` and ${by('job, server_address, server_port', select(httpClient.duration, {}, 'count'))} * ${preset.cause.window} >= 10`,
      summary: '{{ $labels.server_address }}:{{ $labels.server_port }} answers {{ $labels.job }} slowly',
      description: `The 99th percentile of the calls is ${time}; its budget is ${dependencyBudgets.paymentsP99} s`,
    },
    {
      ...common,
      alert: 'QueueBacklog',
      expr: `sum by (job, messaging_destination_name) (${select(jobs.depth, { state: 'ready' })}) > ${dependencyBudgets.queueDepth}`,
      summary: 'Queue {{ $labels.messaging_destination_name }} is long',
      description: `{{ $value | humanize }} jobs are ready and not worked on; its budget is ${dependencyBudgets.queueDepth}`,
    },
    {
      ...common,
      alert: 'QueueStale',
      expr: `max by (job, messaging_destination_name) (${select(jobs.oldestAge)}) > ${dependencyBudgets.queueOldestAge}`,
      summary: 'Jobs on queue {{ $labels.messaging_destination_name }} wait long',
      description: `The oldest ready job is ${time} old; its budget is ${dependencyBudgets.queueOldestAge} s`,
    },
    {
      ...common,
      alert: 'DeadLetters',
      for: 0,
      expr: `sum by (job, messaging_destination_name) (increase(${select(jobs.deadLettered)}[${window}])) > 0`,
      summary: 'Jobs of queue {{ $labels.messaging_destination_name }} end as dead letters',
      description: `Jobs were given up after their last attempt within ${window}; each waits for a person`,
    },
  ]
}

/** Lines are judged by the events that cause them, so that busy services may log more. */
function logVolume(preset: Preset): Cause {
  const window = duration(preset.cause.window)
  const perJob = (series: string) => `sum by (job) (rate(${series}[${window}]))`
  const lines = perJob(select(telemetry.items, { signal: 'logs' }))
  const events = `(${perJob(select(httpServer.duration, {}, 'count'))} or ${perJob(select(jobs.duration, {}, 'count'))} or 0 * ${lines})`
  return {
    alert: 'LogVolumeHigh',
    expr: `${lines} > ${telemetryBudgets.logLinesPerEvent} * ${events} + ${telemetryBudgets.idleLogLines}`,
    for: preset.cause.for,
    category: 'cause',
    dashboard: 'sightline-use',
    summary: '{{ $labels.job }} writes far more log lines than it has events',
    description: `{{ $value | humanize }} lines per second, where ${telemetryBudgets.logLinesPerEvent} per request or job are expected`,
  }
}

function p99(labels: string, buckets: string, window: string): string {
  return `histogram_quantile(0.99, sum by (${labels}, le) (rate(${buckets}[${window}])))`
}

function complement(share: number): string {
  return `${Math.round((1 - share) * 100)}%`
}
