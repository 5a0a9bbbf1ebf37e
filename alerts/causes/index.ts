/** Every alert that is not about an objective: one file each, named as the alert. */
import { intervalOf, type Preset, type Severity } from '../../contract/windows.ts'
import type { RecordingRule, RuleGroup } from '../rules.ts'
import type { RuleTest } from '../unit-tests.ts'
import { AlertmanagerConfigStale } from './AlertmanagerConfigStale.ts'
import { AlertmanagerNotificationsFailing } from './AlertmanagerNotificationsFailing.ts'
import { CacheHitRatioLow } from './CacheHitRatioLow.ts'
import { CircuitBreakerOpen } from './CircuitBreakerOpen.ts'
import { ConnectionPoolWaiting } from './ConnectionPoolWaiting.ts'
import { CpuHeadroomLow } from './CpuHeadroomLow.ts'
import { CrashLoop } from './CrashLoop.ts'
import { DeadLetters } from './DeadLetters.ts'
import { DependencySlow } from './DependencySlow.ts'
import { EventLoopSaturated } from './EventLoopSaturated.ts'
import { GarbageCollectionHeavy } from './GarbageCollectionHeavy.ts'
import { HeapNearLimit } from './HeapNearLimit.ts'
import { type AlertDefinition, type AlertGroup, alertRule } from './kit/alert.ts'
import { usualRecordings } from './kit/usual.ts'
import { LatencyAnomalous } from './LatencyAnomalous.ts'
import { LogVolumeHigh } from './LogVolumeHigh.ts'
import { OrdersUnsettled } from './OrdersUnsettled.ts'
import { PrometheusConfigStale } from './PrometheusConfigStale.ts'
import { PrometheusMissedEvaluations } from './PrometheusMissedEvaluations.ts'
import { PrometheusNotConnectedToAlertmanagers } from './PrometheusNotConnectedToAlertmanagers.ts'
import { PrometheusNotificationsFailing } from './PrometheusNotificationsFailing.ts'
import { PrometheusRuleFailures } from './PrometheusRuleFailures.ts'
import { QueriesPerRequestHigh } from './QueriesPerRequestHigh.ts'
import { QueueBacklog } from './QueueBacklog.ts'
import { QueueStale } from './QueueStale.ts'
import { RetryStorm } from './RetryStorm.ts'
import { ShopOverloaded } from './ShopOverloaded.ts'
import { SlowQueries } from './SlowQueries.ts'
import { TargetDown } from './TargetDown.ts'
import { TelemetryDropped } from './TelemetryDropped.ts'
import { ThreadPoolBacklog } from './ThreadPoolBacklog.ts'
import { TrafficAnomalous } from './TrafficAnomalous.ts'
import { Watchdog } from './Watchdog.ts'

/** In the order of their rules. A new alert is its file, a line here and its page in docs/runbooks/. */
export const alerts = {
  EventLoopSaturated,
  CpuHeadroomLow,
  HeapNearLimit,
  GarbageCollectionHeavy,
  CrashLoop,
  ThreadPoolBacklog,
  LogVolumeHigh,
  ConnectionPoolWaiting,
  SlowQueries,
  QueriesPerRequestHigh,
  CacheHitRatioLow,
  CircuitBreakerOpen,
  RetryStorm,
  DependencySlow,
  QueueBacklog,
  QueueStale,
  DeadLetters,
  OrdersUnsettled,
  TrafficAnomalous,
  LatencyAnomalous,
  ShopOverloaded,
  Watchdog,
  TargetDown,
  PrometheusRuleFailures,
  PrometheusMissedEvaluations,
  PrometheusNotificationsFailing,
  PrometheusNotConnectedToAlertmanagers,
  PrometheusConfigStale,
  AlertmanagerNotificationsFailing,
  AlertmanagerConfigStale,
  TelemetryDropped,
} as const satisfies Record<string, AlertDefinition>

export type AlertName = keyof typeof alerts

interface GroupSettings {
  /** Evaluated as often as burn-rate pages, or as often as burn-rate tickets. */
  pace: Severity
  recordings?: (preset: Preset) => RecordingRule[]
}

/** In the order of their files. Anomalies compare with whole days, so they need no fast pace. */
const groups = {
  'causes-process': { pace: 'page' },
  'causes-dependency': { pace: 'page' },
  anomalies: { pace: 'ticket', recordings: usualRecordings },
  composites: { pace: 'page' },
  monitoring: { pace: 'page' },
} as const satisfies Record<AlertGroup, GroupSettings>

export const groupNames = Object.keys(groups) as AlertGroup[]

export function alertGroup(name: AlertGroup, preset: Preset): RuleGroup {
  const group: GroupSettings = groups[name]
  return {
    name,
    interval: intervalOf(preset, group.pace),
    rules: [
      ...(group.recordings?.(preset) ?? []),
      ...alertsOf(name).map(([alert, definition]) => alertRule(alert, definition, preset)),
    ],
  }
}

export function alertTests(name: AlertGroup, preset: Preset): RuleTest[] {
  return alertsOf(name).flatMap(([alert, definition]) =>
    definition.tests(alertRule(alert, definition, preset), preset),
  )
}

function alertsOf(group: AlertGroup): [string, AlertDefinition][] {
  return Object.entries(alerts).filter(([, definition]) => definition.group === group)
}
