/** The test of rules over queries that are not ours to make data for: what must come of no data at all. */
import type { Preset } from '../../contract/windows.ts'
import type { AnyObjective } from '../objectives.ts'
import { type AlertRule, isAlert, type RuleGroup } from '../rules.ts'
import { absenceAlert } from '../slo/rules.ts'
import type { RuleTest } from '../unit-tests.ts'

export function withoutData(
  objective: AnyObjective,
  groups: readonly RuleGroup[],
  preset: Preset,
): RuleTest[] {
  const name = objective.alerting?.absent?.name ?? absenceAlert
  const rules = groups.flatMap(group => group.rules.filter(isAlert))
  const absent = rules.find(({ alert }) => alert === name)
  const end = 4 * preset.base
  const firing = ({ labels, annotations }: AlertRule) => ({ labels, annotations })
  return [
    {
      name: `${objective.name}: no data`,
      interval: preset.scrapeInterval,
      series: [],
      checks: [
        { at: end, expr: `ALERTS{slo="${objective.name}", burn_tier!=""}`, samples: [] },
        { at: end, alert: name, firing: absent === undefined ? [] : [firing(absent)] },
      ],
    },
  ]
}
