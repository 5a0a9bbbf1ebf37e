/** The questions dashboards ask, each once: what a panel shows is a name here, not a string there. */

import { type LabelName, type Matchers, matches, not } from '../contract/expr.ts'
import * as recorded from '../contract/recorded-series.ts'
import { lab, load } from '../contract/shop-signals.ts'
import { prometheusOwn } from '../contract/stack-signals.ts'
import {
  cache,
  database,
  httpClient,
  httpServer,
  jobs,
  resilience,
  runtime,
  target,
  threadPool,
} from '../otel/signals.ts'
import {
  busy,
  mean,
  orZeroLike,
  quantile,
  rate,
  ratio,
  type Scope,
  series,
  share,
  value,
} from './kit/queries.ts'

const failed = { http_response_status_code: matches('5..') } as const

type Requests = typeof httpServer.duration
type By<M extends Requests | typeof httpClient.duration> = {
  by?: readonly LabelName<M>[]
  where?: Matchers<M>
}

export const requestRate = (scope: By<Requests> = {}) => rate(httpServer.duration, scope)
export const requestErrorRatio = ({ by, where }: By<Requests> = {}) =>
  share(httpServer.duration, { of: failed, ...(where && { among: where }), ...(by && { by }) })
export const requestLatency = (of: number, scope: By<Requests> = {}) =>
  quantile(of, httpServer.duration, scope)
export const requestMean = (scope: By<Requests> = {}) => mean(httpServer.duration, scope)

const perProcess = { by: ['job', 'instance'] } as const

export const cpuUtilization = ratio(rate(runtime.cpu, perProcess), value('max', runtime.cpuCores, perProcess))
export const eventLoopUtilization = ratio(
  rate(runtime.eventLoopTime, { ...perProcess, where: { nodejs_eventloop_state: 'active' } }),
  rate(runtime.eventLoopTime, perProcess),
)
export const heapUtilization = ratio(
  value('sum', runtime.heapUsed, perProcess),
  value('max', runtime.heapLimit, perProcess),
)
export const openFilesUtilization = ratio(
  value('max', runtime.openFiles, perProcess),
  value('max', runtime.maxFiles, perProcess),
)
export const gcTimeRatio = busy(runtime.gc, perProcess)
/** Zero for a process that has run all along; each restart counts one. */
export const restarts = `sum by (job, instance) (changes(${series(runtime.startTime)}[$__rate_interval]))`

const perPool = { by: ['job', 'db_client_connection_pool_name'] } as const
export const poolUtilization = ratio(
  value('sum', database.connections, { ...perPool, where: { db_client_connection_state: 'used' } }),
  value('sum', database.connectionsMax, perPool),
)
export const poolWait = (of: number) => quantile(of, database.connectionWait, perPool)
export const queryErrors = (by: readonly LabelName<typeof database.duration>[]) =>
  share(database.duration, { of: { error_type: not('') }, by })

export const cacheHitRatio = share(cache.requests, { of: { result: 'hit' }, by: ['cache'] })
export const cacheFullness = ratio(
  value('sum', cache.entries, { by: ['cache'] }),
  value('sum', cache.entriesMax, { by: ['cache'] }),
)

/** Attempts per second; the failed ones carry a 5xx or no status at all. */
export const dependencyErrorRatio = share(httpClient.duration, {
  of: { error_type: not('') },
  by: ['server_address'],
})
export const retryRatio = ratio(
  orZeroLike(rate(resilience.retries), rate(httpClient.duration)),
  rate(httpClient.duration),
)

const perQueue = { by: ['messaging_destination_name'] } as const
export const queueReady = value('max', jobs.depth, { ...perQueue, where: { state: 'ready' } })
export const queueDead = value('max', jobs.depth, { ...perQueue, where: { state: 'dead' } })
export const queueAge = value('max', jobs.oldestAge, perQueue)
export const slotsUtilization = ratio(
  value('sum', jobs.slotsBusy, perQueue),
  value('sum', jobs.slotsMax, perQueue),
)
export const threadPoolUtilization = ratio(
  value('sum', threadPool.busy, { by: ['pool'] }),
  value('sum', threadPool.max, { by: ['pool'] }),
)

const faultScope = { within: 'everything' } as const
export const activeFaults = value('max', lab.faultActive, { ...faultScope, by: ['fault', 'target'] })
export const promisedAlerts = value('max', lab.faultPromise, { ...faultScope, by: ['fault', 'alertname'] })
/** The collector describes itself there as well, without a version. */
export const versions = value('count', target.info, {
  by: ['job', 'service_version'],
  where: { service_version: not('') },
})

type Alerts = typeof prometheusOwn.alerts
export const firing = (by: readonly LabelName<Alerts>[], where: Matchers<Alerts> = {}) =>
  value('max', prometheusOwn.alerts, {
    within: 'everything',
    by,
    where: { alertstate: 'firing', severity: matches('page|ticket'), ...where },
  })

const chosen = { within: 'everything', where: { slo: matches('$slo') } } as const
type Recorded = { labels: { slo: string }; name: string; kind: 'gauge' }
/** A recorded series of the chosen objectives; it carries `slo` and `service` instead of job and instance. */
export const ofObjectives = <M extends Recorded>(metric: M, where: Matchers<M> = {}) =>
  series(metric, { within: 'everything', where: { ...chosen.where, ...where } as Scope<M>['where'] & {} })
/** Both windows of a tier have to burn faster than its threshold: 1 and above fires. */
export const nearnessToAlert = `min by (slo, burn_tier) (${ofObjectives(recorded.burnRate)}) / on (slo, burn_tier) ${ofObjectives(recorded.burnThreshold)}`
export const timeToExhaustion = `(${ofObjectives(recorded.budgetRemaining)} > 0) * on (slo) ${ofObjectives(recorded.period)} / on (slo) (${ofObjectives(recorded.burnRate, { burn_tier: 'fast', window: 'long' })} > 0)`

type Generated = typeof load.duration
const seen = { within: 'everything' } as const
export const loadRate = (by: readonly LabelName<Generated>[] = []) => rate(load.duration, { ...seen, by })
export const loadErrorRatio = (where: Matchers<Generated> = {}, by: readonly LabelName<Generated>[] = []) =>
  share(load.duration, { ...seen, of: { outcome: 'error' }, among: where, by })
export const loadLatency = (
  of: number,
  where: Matchers<Generated> = {},
  by: readonly LabelName<Generated>[] = [],
) => quantile(of, load.duration, { ...seen, where, by })
