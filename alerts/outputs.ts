/** Everything this folder writes to generated/: path below it, and content. */

import { UserError } from '../contract/user-error.ts'
import { type Preset, presets } from '../contract/windows.ts'
import { anomalyGroups, compositeGroups } from './causes/anomalies.ts'
import { causeGroups } from './causes/causes.ts'
import { metaGroups } from './causes/meta.ts'
import { anomalyTests, causeTests, compositeTests } from './causes/tests.ts'
import { objectives } from './objectives.ts'
import { alertmanagerConfig, labReceivers } from './routing/alertmanager.ts'
import { type RuleTest, testFile } from './rule-tests/promtool.ts'
import { pageTests, ticketTests } from './rule-tests/slo.ts'
import { plainGroups, type RuleGroup, toYaml } from './rules.ts'
import { checkObjectives, checkPresets, describe } from './slo/check.ts'
import { sloGroups } from './slo/rules.ts'

export function outputs(): Record<string, string> {
  const problems = [...checkPresets(presets), ...checkObjectives(objectives, presets)]
  if (problems.length > 0) throw new UserError(problems.map(describe).join('\n'))
  return Object.assign(
    {},
    ...presets.flatMap(preset => {
      const sets = ruleSets(preset)
      return [ruleFiles(preset, sets), routingFile(preset), testFiles(preset, sets)]
    }),
  )
}

type RuleSets = Record<string, RuleGroup[]>

/** The rule files of a preset by their subject. */
export function ruleSets(preset: Preset): RuleSets {
  return {
    ...Object.fromEntries(
      objectives.map(objective => [`slo-${objective.name}`, sloGroups([objective], preset)]),
    ),
    causes: causeGroups(preset),
    anomalies: anomalyGroups(preset),
    composites: compositeGroups(preset),
    meta: metaGroups(preset),
  }
}

/** Below generated/. */
export function ruleFilePaths(preset: Preset): string[] {
  return Object.keys(ruleSets(preset)).map(subject => ruleFilePath(preset, subject))
}

function ruleFilePath(preset: Preset, subject: string): string {
  return `rules/${preset.name}/${subject}.yaml`
}

function ruleFiles(preset: Preset, sets: RuleSets): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sets).map(([subject, groups]) => [
      ruleFilePath(preset, subject),
      toYaml({ groups: plainGroups(groups) }),
    ]),
  )
}

function routingFile(preset: Preset): Record<string, string> {
  return {
    [`alertmanager/${preset.name}.yaml`]: toYaml(alertmanagerConfig(objectives, preset, labReceivers)),
  }
}

/** promtool evaluates all groups of a file at one interval, so those of an objective are tested at the pace of each. */
function testFiles(preset: Preset, sets: RuleSets): Record<string, string> {
  const file = (test: string, rules: string, interval: number, cases: RuleTest[]) => [
    `rules-tests/${preset.name}/${test}.yaml`,
    toYaml(testFile([`../../${ruleFilePath(preset, rules)}`], sets[rules]!, interval, cases)),
  ]
  const { evaluationInterval, slowInterval } = preset
  return Object.fromEntries([
    ...objectives.flatMap(objective => {
      const rules = `slo-${objective.name}`
      return [
        file(`${rules}-pages`, rules, evaluationInterval, pageTests(objective, preset)),
        file(`${rules}-tickets`, rules, slowInterval, ticketTests(objective, preset)),
      ]
    }),
    file('causes', 'causes', evaluationInterval, causeTests(sets.causes!, preset)),
    file('meta', 'meta', evaluationInterval, causeTests(sets.meta!, preset)),
    file('composites', 'composites', evaluationInterval, compositeTests(preset)),
    file('anomalies', 'anomalies', slowInterval, anomalyTests(preset)),
  ])
}
