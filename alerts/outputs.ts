/** Everything this folder writes to generated/: path below it, and content. */
import { alertmanagerConfig, labReceivers } from './alertmanager.ts'
import { anomalyGroups } from './anomalies.ts'
import { causeGroups } from './causes.ts'
import { checkObjectives, checkPresets, describe } from './check.ts'
import { metaGroups } from './meta.ts'
import { objectives } from './objectives.ts'
import { grafanaAlerting, mimirNamespace, prometheusRule } from './platforms.ts'
import { plainGroups, type RuleGroup, toYaml } from './rules.ts'
import { sloGroups } from './slo-rules.ts'
import { type Preset, presets } from './windows.ts'

export function outputs(): Record<string, string> {
  const problems = [...checkPresets(presets), ...checkObjectives(objectives, presets)]
  if (problems.length > 0) throw new Error(problems.map(describe).join('\n'))
  return Object.assign({}, ...presets.flatMap(preset => [ruleFiles(preset), platformFiles(preset)]))
}

/** The rule files of a preset by their subject. */
export function ruleSets(preset: Preset): Record<string, RuleGroup[]> {
  return {
    slo: sloGroups(objectives, preset),
    causes: causeGroups(preset),
    anomalies: anomalyGroups(preset),
    meta: metaGroups(preset),
  }
}

function ruleFiles(preset: Preset): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ruleSets(preset)).map(([subject, groups]) => [
      `rules/${preset.name}/${subject}.yaml`,
      toYaml({ groups: plainGroups(groups) }),
    ]),
  )
}

function platformFiles(preset: Preset): Record<string, string> {
  const sets = Object.entries(ruleSets(preset))
  const name = (subject: string) => `sightline-${preset.name}-${subject}`
  return {
    [`alertmanager/${preset.name}.yaml`]: toYaml(alertmanagerConfig(objectives, preset, labReceivers)),
    ...Object.fromEntries(
      sets.flatMap(([subject, groups]) => [
        [
          `kubernetes/prometheus-rule-${preset.name}-${subject}.yaml`,
          toYaml(prometheusRule(name(subject), groups)),
        ],
        [`mimir/${preset.name}-${subject}.yaml`, toYaml(mimirNamespace(name(subject), groups))],
        [`grafana-alerting/${preset.name}-${subject}.yaml`, toYaml(grafanaAlerting(groups, 'prometheus'))],
      ]),
    ),
  }
}
