import { createHash } from 'node:crypto'
import { type AlertRule, isAlert, type RuleGroup } from '../../alerts/rules.ts'
import { duration } from '../../contract/durations.ts'
import { atUsualAddresses } from '../../contract/links.ts'

/** Grafana-managed alerts for file provisioning; the recording rules they read stay with Prometheus. */
export function grafanaAlerting(groups: readonly RuleGroup[], datasourceUid: string): object {
  const withAlerts = groups.map(group => ({ ...group, rules: group.rules.filter(isAlert) }))
  return {
    apiVersion: 1,
    groups: withAlerts
      .filter(group => group.rules.length > 0)
      .map(({ name, interval, rules }) => ({
        orgId: 1,
        name,
        folder: 'Sightline',
        // Grafana evaluates every 10 s at most.
        interval: duration(Math.ceil(interval / 10) * 10),
        rules: rules.map(rule => grafanaRule(rule, datasourceUid)),
      })),
  }
}

function grafanaRule(rule: AlertRule, datasourceUid: string): object {
  const query = (refId: string, uid: string, model: object) => ({
    refId,
    relativeTimeRange: { from: 600, to: 0 },
    datasourceUid: uid,
    model: { refId, ...model },
  })
  return {
    uid: grafanaUid(rule),
    title: [rule.alert, rule.labels.slo, rule.labels.burn_tier].filter(Boolean).join(' '),
    condition: 'B',
    data: [
      query('A', datasourceUid, { expr: rule.expr, instant: true }),
      query('B', '__expr__', { type: 'math', expression: '!is_nan($A)' }),
    ],
    // The expression yields a series only while the alert is to fire.
    noDataState: 'OK',
    execErrState: 'Error',
    for: rule.for ? duration(rule.for) : '0s',
    ...(rule.keepFiringFor ? { keep_firing_for: duration(rule.keepFiringFor) } : {}),
    labels: escaped(rule.labels),
    annotations: inGrafana(rule.annotations),
  }
}

/** Provisioning fills in environment variables in labels, though not in annotations; a doubled dollar sign stands for one. */
function escaped(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, text]) => [name, text.replaceAll('$', '$$$$')]),
  )
}

/** A Grafana uid has at most 40 characters. */
function grafanaUid({ alert, labels }: AlertRule): string {
  const readable = [alert, labels.burn_tier ?? labels.slo ?? ''].filter(Boolean).join('-').toLowerCase()
  if (readable.length <= 40) return readable
  return `${readable.slice(0, 31)}-${createHash('sha256').update(readable).digest('hex').slice(0, 8)}`
}

/**
 * In Grafana `$value` is a text about all queries, and the number is `$values.A`. It knows no external labels, so links
 * lead to the usual addresses.
 */
function inGrafana(annotations: AlertRule['annotations']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).map(([name, text]) => [
      name,
      atUsualAddresses(text).replaceAll('$value', '$values.A.Value'),
    ]),
  )
}
