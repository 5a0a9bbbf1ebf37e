/** The playground evaluates policies as data, everything else as the rule file that is printed: both are the same rules. */
import { expect, test } from 'vitest'
import { objectives } from '../../alerts/objectives.ts'
import { groupsFromData } from '../../engines/promql/rules/from-data.ts'
import type { RuleGroup } from '../../engines/promql/rules/groups.ts'
import { loadRules } from '../../engines/promql/rules/load.ts'
import { clocks } from '../clock.ts'
import { ownGroups, shipped, shippedDefinition } from './own.ts'

const held = {
  ...shippedDefinition,
  tiers: shippedDefinition.tiers.map(tier => ({ ...tier, for: 600 })),
  minimumErrors: 3,
}

test.each(objectives)('$name as data is $name as text', objective => {
  const { rules } = shipped
  const [read, made] = [
    loadRules(rules(objective, clocks['15s']), 'shipped'),
    groupsFromData(ownGroups(objective, clocks['15s'], shippedDefinition), 'shipped'),
  ]
  expect(withoutLines(made)).toEqual(withoutLines(read))
  expect(made.flatMap(group => group.rules).some(({ kind }) => kind === 'alerting')).toBe(true)
})

test('a for and a guard are in the data too', () => {
  const all = groupsFromData(ownGroups(objectives[0]!, clocks['15s'], held), 'held').flatMap(
    group => group.rules,
  )
  const tiers = all.filter(rule => rule.kind === 'alerting').filter(({ labels }) => labels.has('burn_tier'))
  expect(tiers.map(rule => rule.for)).toEqual([600_000, 600_000, 600_000, 600_000])
  expect(tiers.every(({ query }) => query.includes('>= 3'))).toBe(true)
})

function withoutLines(groups: readonly RuleGroup[]): object[] {
  return groups.map(group => ({ ...group, rules: group.rules.map(rule => ({ ...rule, line: 0 })) }))
}
