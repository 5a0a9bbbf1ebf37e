/** What each file in causes/ says about its alert, and the rule that is made of it. */
import { duration } from '../../../contract/durations.ts'
import { type DashboardUid, dashboardUrl, runbookUrl } from '../../../contract/links.ts'
import type { Preset } from '../../../contract/windows.ts'
import type { AlertRule } from '../../rules.ts'
import type { RuleTest } from '../../unit-tests.ts'

/** Rules of one group are evaluated one after the other and stand in one file, which has the group's name. */
export type AlertGroup = 'causes-process' | 'causes-dependency' | 'anomalies' | 'composites' | 'monitoring'

export interface AlertDefinition {
  group: AlertGroup
  /** The dashboard a notification links to. */
  dashboard: DashboardUid
  /** `window` is the preset's window for causes, such as `5m`. */
  rule: (window: string, preset: Preset) => { expr: string; summary: string; description: string }
  /** Fires as soon as the condition holds; all others wait until it has held for a while. */
  atOnce?: true
  /** For an expression whose result has no label `job`: the value of the alert's label `service`. */
  service?: string
  /** `ticket` unless given. */
  severity?: 'none'
  /** That it fires when it should and stays quiet when it should; `examples` makes them of metrics. */
  tests: AlertTests
}

export type AlertTests = (rule: AlertRule, preset: Preset) => [RuleTest, ...RuleTest[]]

export function alertRule(alert: string, definition: AlertDefinition, preset: Preset): AlertRule {
  const { group, dashboard, service, severity = 'ticket', atOnce } = definition
  const { expr, summary, description } = definition.rule(duration(preset.cause.window), preset)
  const job = '{{ $labels.job }}'
  return {
    alert,
    expr,
    ...(atOnce ? {} : { for: preset.cause.for }),
    labels: { service: service ?? job, severity, category: group === 'monitoring' ? 'meta' : 'cause' },
    annotations: {
      summary,
      description,
      runbook_url: runbookUrl(alert),
      dashboard_url: dashboardUrl(dashboard, service === undefined ? { job } : {}),
    },
  }
}
