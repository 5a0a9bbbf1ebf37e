/** Everything this folder writes to generated/: path below it, and content. */

import { UserError } from '../contract/user-error.ts'
import { type Preset, presets } from '../contract/windows.ts'
import { alertGroup, alertTests, groupNames } from './causes/index.ts'
import { objectives } from './objectives.ts'
import { alertmanagerConfig, labReceivers } from './routing/alertmanager.ts'
import { pageTests, ticketTests } from './rule-tests/slo.ts'
import { plainGroups, type RuleGroup, toYaml } from './rules.ts'
import { checkObjectives, checkPresets, describe } from './slo/check.ts'
import { sloGroups } from './slo/rules.ts'
import { type RuleTest, testFile } from './unit-tests.ts'

export function outputs(): Record<string, string> {
  const problems = [...checkPresets(presets), ...checkObjectives(objectives, presets)]
  if (problems.length > 0) throw new UserError(problems.map(describe).join('\n'))
  return Object.assign(
    {},
    ...presets.flatMap(preset => [
      ruleFiles(preset),
      testFiles(preset),
      { [`alertmanager/${preset.name}.yaml`]: toYaml(alertmanagerConfig(objectives, preset, labReceivers)) },
    ]),
  )
}

export function ruleGroups(preset: Preset): RuleGroup[] {
  return [...sloGroups(objectives, preset), ...groupNames.map(name => alertGroup(name, preset))]
}

/** Below generated/. */
export function ruleFilePaths(preset: Preset): string[] {
  return ruleGroups(preset).map(group => ruleFilePath(preset, group))
}

/** A file per group, so that a test loads, and promtool evaluates, only the groups it is about. */
function ruleFilePath(preset: Preset, { name }: RuleGroup): string {
  return `rules/${preset.name}/${name}.yaml`
}

function ruleFiles(preset: Preset): Record<string, string> {
  return Object.fromEntries(
    ruleGroups(preset).map(group => [ruleFilePath(preset, group), toYaml({ groups: plainGroups([group]) })]),
  )
}

/** A file per group too. Tickets are judged by the rates that the page group records, so their tests load both. */
function testFiles(preset: Preset): Record<string, string> {
  const file = (groups: RuleGroup[], tests: RuleTest[]) => {
    const { name, interval } = groups.at(-1)!
    const rules = groups.map(group => `../../${ruleFilePath(preset, group)}`)
    return [`rules-tests/${preset.name}/${name}.yaml`, toYaml(testFile(rules, groups, interval, tests))]
  }
  return Object.fromEntries([
    ...objectives.flatMap(objective => {
      const [pages, tickets] = sloGroups([objective], preset) as [RuleGroup, RuleGroup]
      return [
        file([pages], pageTests(objective, [pages], preset)),
        file([pages, tickets], ticketTests(objective, [pages, tickets], preset)),
      ]
    }),
    ...groupNames.map(name => file([alertGroup(name, preset)], alertTests(name, preset))),
  ])
}
