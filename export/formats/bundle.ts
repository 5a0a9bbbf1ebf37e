/** What every format is made of: finished dashboards and rules. */
import { plainGroups, type RuleGroup, toYaml } from '../../alerts/rules.ts'
import type { NativeDashboard } from '../../dashboards/kit/native/dashboard.ts'
import { serialise } from '../../dashboards/kit/render.ts'
import { prometheusRule, type Resource } from '../platforms/kubernetes.ts'

export interface Bundle {
  service: string
  dashboards: readonly NativeDashboard[]
  /** Groups by their subject, which names the file. */
  rules: Readonly<Record<string, readonly RuleGroup[]>>
  resource: Resource
}

/** Files by their path below the folder that is written to. */
export type Files = Record<string, string>

export function dashboardFiles({ dashboards }: Bundle): Files {
  return Object.fromEntries(
    dashboards.map(dashboard => [`dashboards/${dashboard.uid}.json`, serialise(dashboard)]),
  )
}

export function ruleFiles(bundle: Bundle): Files {
  return perSubject(bundle, 'yaml', groups => yaml({ groups: plainGroups(groups) }))
}

export function ruleResources(bundle: Bundle): Files {
  return perSubject(bundle, 'yaml', (groups, subject) =>
    yaml(prometheusRule(`${bundle.service}-${subject}`, groups, bundle.resource)),
  )
}

export function perSubject(
  bundle: Bundle,
  extension: string,
  file: (groups: readonly RuleGroup[], subject: string) => string,
): Files {
  return Object.fromEntries(
    subjects(bundle).map(([subject, groups]) => [`rules/${subject}.${extension}`, file(groups, subject)]),
  )
}

export function subjects({ rules }: Bundle): [subject: string, groups: readonly RuleGroup[]][] {
  return Object.entries(rules).filter(([, groups]) => groups.length > 0)
}

export function perDashboard(
  { dashboards }: Bundle,
  resource: (dashboard: NativeDashboard) => object,
): Files {
  return Object.fromEntries(
    dashboards.map(dashboard => [`dashboards/${dashboard.uid}.yaml`, yaml(resource(dashboard))]),
  )
}

export function yaml(value: unknown): string {
  return toYaml(value, '')
}
