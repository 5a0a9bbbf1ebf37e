/** The lab's own rules for places where Prometheus is not configured by files. */
import { ruleGroups } from '../../alerts/outputs.ts'
import { type RuleGroup, toYaml } from '../../alerts/rules.ts'
import type { Preset } from '../../contract/windows.ts'
import { grafanaAlerting } from './grafana-alerting.ts'
import { prometheusRule, type Resource } from './kubernetes.ts'
import { mimirNamespace } from './mimir.ts'

export type Platform = 'kubernetes' | 'mimir' | 'grafana-alerting'

type Write = (name: string, groups: readonly RuleGroup[], resource?: Resource) => object

export const platforms: Record<Platform, Write> = {
  kubernetes: prometheusRule,
  mimir: mimirNamespace,
  'grafana-alerting': (_name, groups) => grafanaAlerting(groups, 'prometheus'),
}

/** One file for each group, such as `slo-shop-latency.yaml`. */
export function platformFiles(
  platform: Platform,
  preset: Preset,
  resource: Resource = {},
): Record<string, string> {
  return Object.fromEntries(
    ruleGroups(preset).map(group => [
      `${group.name}.yaml`,
      toYaml(platforms[platform](`sightline-${preset.name}-${group.name}`, [group], resource), header),
    ]),
  )
}

const header = '# Written by `npm run slo -- export` from the definitions in alerts/.\n'
