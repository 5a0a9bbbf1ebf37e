/** The texts of rules that go along: their links, and the names that they quote. */
import { type AlertRule, isAlert, type Rule } from '../alerts/rules.ts'
import { addressOf } from '../contract/links.ts'
import { dashboardOf } from '../dashboards/alert-links.ts'
import { type Target, uidFor } from './adapt.ts'
import { type Naming, renameLabel, renameQuery } from './rename.ts'

/** A description quotes queries between backticks. */
export function reworded(rule: Rule, naming: Naming): Rule {
  if (!isAlert(rule)) return rule
  const description = rule.annotations.description.replace(
    /`([^`]+)`/g,
    (_quoted, query: string) => `\`${renameQuery(query, naming) ?? query}\``,
  )
  return { ...rule, annotations: { ...rule.annotations, description } }
}

/** Its texts name labels as its query does. */
export function relabelled(rule: Rule, expr: string, naming: Naming): Rule {
  if (!isAlert(rule)) return { ...rule, expr }
  const theirs = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [
        name,
        text.replace(
          /\$labels\.(\w+)/g,
          (_found, label: string) => `$labels.${renameLabel(label, [rule.expr], naming)}`,
        ),
      ]),
    )
  const annotations = theirs(rule.annotations) as AlertRule['annotations']
  return { ...rule, expr, labels: theirs(rule.labels), annotations }
}

/** A link that leads nowhere is worse than none, so what has no target is left out. */
export function relinked<R extends Rule>(rule: R, target: Target): R {
  if (!isAlert(rule)) return rule
  const { dashboard_url, runbook_url: _ours, ...words } = rule.annotations
  const uid = dashboardOf(rule)
  const annotations: Partial<AlertRule['annotations']> = {
    ...words,
    ...(target.runbookUrl !== undefined && { runbook_url: `${target.runbookUrl}/${rule.alert}` }),
    ...(target.grafanaUrl !== undefined &&
      target.chosen.has(uid) && {
        dashboard_url: dashboard_url
          .replace(addressOf('grafana'), target.grafanaUrl)
          .replace(`/d/${uid}`, `/d/${uidFor(uid, target)}`),
      }),
  }
  return { ...rule, annotations: annotations as AlertRule['annotations'] }
}
