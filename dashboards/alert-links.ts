/** Where a firing alert leads: its runbook, and the dashboard its rule names. */

import { ruleGroups } from '../alerts/outputs.ts'
import { type AlertRule, isAlert } from '../alerts/rules.ts'
import { quote } from '../contract/expr.ts'
import { dashboardUids, usualAddresses } from '../contract/links.ts'
import { production } from '../contract/windows.ts'
import type { DataLink } from './kit/model.ts'

/** The uid in an alert's annotation. */
export function dashboardOf({ annotations }: Pick<AlertRule, 'annotations'>): string {
  return /\/d\/([\w-]+)/.exec(annotations.dashboard_url)![1]!
}

/** Series of alerts carry no annotations, so each gets the dashboard of its rule as a label. */
export function withDashboard(alerts: string): string {
  const onObjectives = label(alerts, dashboardUids.slo, 'slo', '.+')
  const labelled = [...causesByDashboard()].reduce(
    (inner, [uid, names]) => label(inner, uid, 'alertname', [...names].join('|')),
    onObjectives,
  )
  // What a table shows for a missing label would end up in the link.
  return `label_replace(${labelled}, "slo", "All", "slo", "")`
}

/** For the rows of `withDashboard`, by `service` and `slo`. */
export const alertLinks: readonly DataLink[] = [
  { title: 'Runbook', url: `${usualAddresses.runbooks}/\${__value.raw}` },
  {
    title: 'Dashboard of the symptom',
    url: '/d/${__data.fields.dashboard}?${__url_time_range}&var-job=${__data.fields.service}&var-slo=${__data.fields.slo}',
  },
]

function causesByDashboard(): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>()
  for (const rule of ruleGroups(production).flatMap(({ rules }) => rules)) {
    if (!isAlert(rule) || 'slo' in rule.labels) continue
    const uid = dashboardOf(rule)
    names.set(uid, (names.get(uid) ?? new Set()).add(rule.alert))
  }
  return names
}

function label(alerts: string, uid: string, from: string, pattern: string): string {
  return `label_replace(${alerts}, "dashboard", ${quote(uid)}, ${quote(from)}, ${quote(pattern)})`
}
