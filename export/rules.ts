/** The alerts that go along: those on the objectives, and those on causes with the dashboards that explain them. */
import { causeGroups } from '../alerts/causes/causes.ts'
import type { Objective } from '../alerts/objectives.ts'
import { type AlertRule, isAlert, type Rule, type RuleGroup } from '../alerts/rules.ts'
import { sloGroups } from '../alerts/slo/rules.ts'
import { links } from '../contract/links.ts'
import { alternatives } from '../contract/parse.ts'
import { production } from '../contract/windows.ts'
import { dashboardOf } from '../dashboards/alert-links.ts'
import { uidFor } from './adapt.ts'
import type { Project } from './project.ts'
import { confineTo, type Naming, renameQuery } from './rename.ts'

interface AdaptedRules {
  rules: Record<'slo' | 'causes', RuleGroup[]>
  /** Alerts on causes that need something the service does not have. */
  leftOut: string[]
}

export function adaptRules(
  objectives: readonly Objective[],
  project: Project,
  chosen: ReadonlySet<string>,
  naming: Naming,
): AdaptedRules {
  const leftOut: string[] = []
  const slo = ofEach(sloGroups(objectives, production), rule => {
    const expr = renameQuery(rule.expr, naming)
    return expr === undefined ? undefined : relinked({ ...rule, expr }, project, chosen)
  })
  const causes = ofEach(causeGroups(production), rule => {
    if (!isAlert(rule) || !chosen.has(dashboardOf(rule))) return undefined
    const exprs = alternatives(confineTo(project.service, rule.expr)).flatMap(
      expr => renameQuery(expr, naming) ?? [],
    )
    if (exprs.length > 0) return relinked({ ...rule, expr: exprs.join(' or ') }, project, chosen)
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

/** A link that leads nowhere is worse than none, so what has no target is left out. */
function relinked(rule: Rule, project: Project, chosen: ReadonlySet<string>): Rule {
  if (!isAlert(rule)) return rule
  const { dashboard_url, runbook_url: _ours, ...words } = rule.annotations
  const uid = dashboardOf(rule)
  const annotations: Partial<AlertRule['annotations']> = {
    ...words,
    ...(project.runbookUrl !== undefined && { runbook_url: `${project.runbookUrl}/${rule.alert}` }),
    ...(chosen.has(uid) && {
      dashboard_url: dashboard_url
        .replace(links.grafana, project.grafanaUrl ?? links.grafana)
        .replace(`/d/${uid}`, `/d/${uidFor(uid, project)}`),
    }),
  }
  return { ...rule, annotations: annotations as AlertRule['annotations'] }
}
