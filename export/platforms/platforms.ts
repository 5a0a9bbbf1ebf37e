/** The lab's own rules for places where Prometheus is not configured by files. */
import { ruleSets } from '../../alerts/outputs.ts'
import { type RuleGroup, toYaml } from '../../alerts/rules.ts'
import type { Preset } from '../../contract/windows.ts'
import { grafanaAlerting } from './grafana-alerting.ts'
import { prometheusRule } from './kubernetes.ts'
import { mimirNamespace } from './mimir.ts'

export type Platform = 'kubernetes' | 'mimir' | 'grafana-alerting'

export const platforms: Record<Platform, (name: string, groups: readonly RuleGroup[]) => object> = {
  kubernetes: prometheusRule,
  mimir: mimirNamespace,
  'grafana-alerting': (_name, groups) => grafanaAlerting(groups, 'prometheus'),
}

/** One file for each subject, such as `slo-shop-latency.yaml`. */
export function platformFiles(platform: Platform, preset: Preset): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ruleSets(preset)).map(([subject, groups]) => [
      `${subject}.yaml`,
      toYaml(platforms[platform](`sightline-${preset.name}-${subject}`, groups), header),
    ]),
  )
}

const header = '# Written by `npm run slo -- export` from the definitions in alerts/.\n'
