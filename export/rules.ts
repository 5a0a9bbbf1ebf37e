/** The alerts that go along: those on the objectives, and those on causes with the dashboards that explain them. */
import { alertGroup } from '../alerts/causes/index.ts'
import type { Objective } from '../alerts/objectives.ts'
import { isAlert, type Rule, type RuleGroup } from '../alerts/rules.ts'
import { sloGroups } from '../alerts/slo/rules.ts'
import { alternatives } from '../contract/parse.ts'
import type { Preset } from '../contract/windows.ts'
import { dashboardOf } from '../dashboards/alert-links.ts'
import type { Target } from './adapt.ts'
import { relabelled, relinked, reworded } from './annotations.ts'
import type { GroupTests } from './formats/bundle.ts'
import { confineTo, type Naming, renameQuery } from './rename.ts'
import { causeTests, objectiveTests } from './rule-tests.ts'

interface AdaptedRules {
  rules: RuleGroup[]
  tests: GroupTests[]
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
  const sloRules = (objective: Objective) =>
    ofEach(sloGroups([objective], preset), rule => {
      const expr = renameQuery(rule.expr, naming)
      return expr === undefined ? undefined : relinked(reworded({ ...rule, expr }, naming), target)
    })
  const slo = objectives.map(objective => ({ objective, groups: sloRules(objective) }))
  const causeGroups = (['causes-process', 'causes-dependency'] as const).map(name => alertGroup(name, preset))
  const causes = ofEach(causeGroups, rule => {
    if (!isAlert(rule) || !target.chosen.has(dashboardOf(rule))) return undefined
    const exprs = alternatives(confineTo(target.job, rule.expr)).flatMap(
      expr => renameQuery(expr, naming) ?? [],
    )
    if (exprs.length > 0) return relabelled(relinked(rule, target), exprs.join(' or '), naming)
    leftOut.push(rule.alert)
    return undefined
  })
  const tests = [
    ...slo.flatMap(({ objective, groups }) => objectiveTests(objective, groups, preset, naming)),
    ...causes.map(group => causeTests(group, preset, target, naming)),
  ].filter(({ tests }) => tests.length > 0)
  return { rules: [...slo.flatMap(({ groups }) => groups), ...causes], tests, leftOut }
}

/** A rule that becomes undefined is left out, and so is a group without rules. */
function ofEach(groups: readonly RuleGroup[], adapt: (rule: Rule) => Rule | undefined): RuleGroup[] {
  return groups
    .map(group => ({ ...group, rules: group.rules.flatMap(rule => adapt(rule) ?? []) }))
    .filter(({ rules }) => rules.length > 0)
}
