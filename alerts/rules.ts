/** The shape of Prometheus rules, and the YAML they are written as. */
import { stringify } from 'yaml'
import { duration } from '../contract/durations.ts'
import type { GroupData, RuleData } from '../engines/promql/rules/from-data.ts'

export interface RecordingRule {
  record: string
  expr: string
  labels?: Record<string, string>
}

export interface AlertRule {
  alert: string
  expr: string
  /** Seconds. */
  for?: number
  /** Seconds; Prometheus 2.42 and later. */
  keepFiringFor?: number
  labels: Record<string, string>
  annotations: {
    summary: string
    description: string
    runbook_url: string
    dashboard_url: string
    [other: string]: string
  }
}

export type Rule = RecordingRule | AlertRule

export interface RuleGroup {
  name: string
  /** Seconds. */
  interval: number
  rules: Rule[]
}

const generatedHeader =
  '# Written by `npm run generate` from the definitions in alerts/. Do not edit: change those and run it again.\n'

export function isAlert(rule: Rule): rule is AlertRule {
  return 'alert' in rule
}

/** Groups as Prometheus, the Mimir ruler and the operator read them. */
export function plainGroups(groups: readonly RuleGroup[]): GroupData[] {
  return groups.map(({ name, interval, rules }) => ({
    name,
    interval: duration(interval),
    rules: rules.map(plainRule),
  }))
}

export function toYaml(value: unknown, header = generatedHeader): string {
  return `${header}${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`
}

function plainRule(rule: Rule): RuleData {
  if (!isAlert(rule)) return rule
  const { alert, expr, labels, annotations } = rule
  return {
    alert,
    expr,
    ...(rule.for ? { for: duration(rule.for) } : {}),
    ...(rule.keepFiringFor ? { keep_firing_for: duration(rule.keepFiringFor) } : {}),
    labels,
    annotations,
  }
}
