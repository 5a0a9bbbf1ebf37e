/** Alerts on what watches: a silent monitoring system looks like a healthy one. */

import { duration } from '../../contract/durations.ts'
import { matches, select } from '../../contract/expr.ts'
import { alertmanagerServer, prometheusOwn, prometheusServer } from '../../contract/stack-signals.ts'
import type { Preset } from '../../contract/windows.ts'
import { telemetry } from '../../otel/signals.ts'
import type { RuleGroup } from '../rules.ts'
import { type Cause, causeRule } from './cause.ts'

export const watchdog = 'Watchdog'

export function metaGroups(preset: Preset): RuleGroup[] {
  return [{ name: 'meta', interval: preset.evaluationInterval, rules: metaAlerts(preset).map(causeRule) }]
}

function metaAlerts(preset: Preset): Cause[] {
  const window = duration(preset.cause.window)
  const grown = (series: string) => `increase(${series}[${window}]) > 0`
  const common = { for: preset.cause.for, category: 'meta', dashboard: 'sightline-stack' } as const
  const instance = '{{ $labels.instance }}'
  return [
    {
      ...common,
      alert: watchdog,
      for: 0,
      expr: 'vector(1)',
      service: 'monitoring',
      severity: 'none',
      summary: 'Alerting works',
      description: 'Fires always; whoever expects it and no longer gets it knows that alerting is broken',
    },
    {
      ...common,
      alert: 'TargetDown',
      expr: `${select(prometheusOwn.up)} == 0`,
      summary: `{{ $labels.job }} on ${instance} cannot be scraped`,
      description: 'Prometheus gets no metrics from it: it is down, unreachable, or too slow to answer',
    },
    {
      ...common,
      alert: 'PrometheusRuleFailures',
      expr: grown(select(prometheusServer.ruleFailures)),
      summary: `Rules of group {{ $labels.rule_group }} fail on ${instance}`,
      description: 'A rule that fails records nothing and never fires',
    },
    {
      ...common,
      alert: 'PrometheusMissedEvaluations',
      expr: grown(select(prometheusServer.ruleIterationsMissed)),
      summary: `Rule group {{ $labels.rule_group }} on ${instance} skips evaluations`,
      description: 'Evaluating the group takes longer than its interval, so its alerts come late',
    },
    {
      ...common,
      alert: 'PrometheusNotificationsFailing',
      expr: `${grown(select(prometheusServer.notificationErrors))} or ${grown(select(prometheusServer.notificationsDropped))}`,
      summary: `Prometheus on ${instance} cannot deliver its alerts`,
      description: 'Alertmanager refuses alerts or is not reached, so a page may be lost',
    },
    {
      ...common,
      alert: 'PrometheusNotConnectedToAlertmanagers',
      expr: `${select(prometheusServer.alertmanagers)} < 1`,
      summary: `Prometheus on ${instance} knows no Alertmanager`,
      description: 'No alert leaves this Prometheus',
    },
    {
      ...common,
      alert: 'PrometheusConfigStale',
      expr: `${select(prometheusServer.configReloaded)} == 0`,
      summary: `Prometheus on ${instance} runs an old configuration`,
      description: 'The last reload failed: rules on disk and rules in force differ',
    },
    {
      ...common,
      alert: 'AlertmanagerNotificationsFailing',
      expr: grown(select(alertmanagerServer.notificationsFailed)),
      summary: `Alertmanager on ${instance} cannot notify by {{ $labels.integration }}`,
      description: 'Alerts fire and nobody hears of them',
    },
    {
      ...common,
      alert: 'AlertmanagerConfigStale',
      expr: `${select(alertmanagerServer.configReloaded)} == 0`,
      summary: `Alertmanager on ${instance} runs an old configuration`,
      description: 'The last reload failed: routes on disk and routes in force differ',
    },
    {
      ...common,
      alert: 'TelemetryDropped',
      expr: `sum by (job, signal) (rate(${select(telemetry.items, { outcome: matches('failed|dropped') })}[${window}])) > 0`,
      summary: '{{ $labels.job }} loses {{ $labels.signal }}',
      description: '{{ $value | humanize }} items per second were dropped or could not be sent',
    },
  ]
}
