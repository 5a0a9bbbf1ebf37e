/** The alerts that go along: those on the objectives, and those on causes with the dashboards that explain them. */
import { alertGroup } from '../alerts/causes/index.ts'
import type { Objective } from '../alerts/objectives.ts'
import { type AlertRule, isAlert, type Rule, type RuleGroup } from '../alerts/rules.ts'
import { sloGroups } from '../alerts/slo/rules.ts'
import { addressOf } from '../contract/links.ts'
import { alternatives } from '../contract/parse.ts'
import type { Preset } from '../contract/windows.ts'
import { dashboardOf } from '../dashboards/alert-links.ts'
import { type Target, uidFor } from './adapt.ts'
import { confineTo, type Naming, renameQuery } from './rename.ts'

interface AdaptedRules {
  rules: Record<'slo' | 'causes', RuleGroup[]>
  /** Alerts on causes that need something the service does not have. */
  leftOut: string[]
}

export function adaptRules(
  objectives: readonly Objective[],
  preset: Preset,
  target: Target,
  naming: Naming,
): AdaptedRules {
  const leftOut: string[] = []
  const slo = ofEach(sloGroups(objectives, preset), rule => {
    const expr = renameQuery(rule.expr, naming)
    return expr === undefined ? undefined : relinked(reworded({ ...rule, expr }, naming), target)
  })
  const causeGroups = (['causes-process', 'causes-dependency'] as const).map(name => alertGroup(name, preset))
  const causes = ofEach(causeGroups, rule => {
    if (!isAlert(rule) || !target.chosen.has(dashboardOf(rule))) return undefined
    const exprs = alternatives(confineTo(target.job, rule.expr)).flatMap(
      expr => renameQuery(expr, naming) ?? [],
    )
    if (exprs.length > 0) return relinked({ ...rule, expr: exprs.join(' or ') }, target)
    leftOut.push(rule.alert)
    return undefined
  })
  return { rules: { slo, causes }, leftOut }
}

/** A rule that becomes undefined is left out, and so is a group without rules. */
function ofEach(groups: readonly RuleGroup[], adapt: (rule: Rule) => Rule | undefined): RuleGroup[] {
  return groups
    .map(group => ({ ...group, rules: group.rules.flatMap(rule => adapt(rule) ?? []) }))
    .filter(({ rules }) => rules.length > 0)
}

/** A description quotes queries between backticks. */
function reworded(rule: Rule, naming: Naming): Rule {
  if (!isAlert(rule)) return rule
  const description = rule.annotations.description.replace(
    /`([^`]+)`/g,
    (_quoted, query: string) => `\`${renameQuery(query, naming) ?? query}\``,
  )
  return { ...rule, annotations: { ...rule.annotations, description } }
}

/** A link that leads nowhere is worse than none, so what has no target is left out. */
function relinked(rule: Rule, target: Target): Rule {
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
