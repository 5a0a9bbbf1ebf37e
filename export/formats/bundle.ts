/** What every format is made of: finished dashboards and rules. */
import { plainGroups, type RuleGroup, toYaml } from '../../alerts/rules.ts'
import { type RuleTest, testFile } from '../../alerts/unit-tests.ts'
import type { NativeDashboard } from '../../dashboards/kit/native/dashboard.ts'
import { serialise } from '../../dashboards/kit/render.ts'
import { prometheusRule, type Resource } from '../platforms/kubernetes.ts'

export interface Bundle {
  service: string
  dashboards: readonly NativeDashboard[]
  /** What dashboard-linter is to pass over, and why. */
  lintReasons: string
  /** Each in a file of its name, so that a test loads only those it is about. */
  rules: readonly RuleGroup[]
  tests: readonly GroupTests[]
  resource: Resource
}

/** What holds the last of the groups to its times; the others record what it reads. */
export interface GroupTests {
  groups: readonly RuleGroup[]
  tests: readonly RuleTest[]
}

/** Files by their path below the folder that is written to. */
export type Files = Record<string, string>

export function dashboardFiles({ dashboards, lintReasons }: Bundle): Files {
  return {
    ...Object.fromEntries(
      dashboards.map(dashboard => [`dashboards/${dashboard.uid}.json`, serialise(dashboard)]),
    ),
    'dashboards/.lint': lintReasons,
  }
}

export function ruleFiles(bundle: Bundle): Files {
  return {
    ...perGroup(bundle, 'rules', 'yaml', plainFile),
    ...testFiles(bundle, group => `../rules/${group}.yaml`),
  }
}

/** promtool knows no resources, so its tests get the groups again, as Prometheus reads them. */
export function ruleResources(bundle: Bundle): Files {
  const resource = (group: RuleGroup) =>
    yaml(prometheusRule(`${bundle.service}-${group.name}`, [group], bundle.resource))
  return {
    ...perGroup(bundle, 'rules', 'yaml', resource),
    ...perGroup(bundle, 'rules-tests/rules', 'yaml', plainFile),
    ...testFiles(bundle, group => `rules/${group}.yaml`),
  }
}

export function perGroup(
  { rules }: Bundle,
  folder: string,
  extension: string,
  file: (group: RuleGroup) => string,
): Files {
  return Object.fromEntries(rules.map(group => [`${folder}/${group.name}.${extension}`, file(group)]))
}

/** For `promtool test rules`; `ruleFile` is where a group lies, seen from there. */
export function testFiles({ tests }: Bundle, ruleFile: (group: string) => string): Files {
  return Object.fromEntries(
    tests.map(({ groups, tests }) => {
      const { name, interval } = groups.at(-1)!
      const ruleFiles = groups.map(group => ruleFile(group.name))
      return [`rules-tests/${name}.yaml`, yaml(testFile(ruleFiles, groups, interval, tests))]
    }),
  )
}

function plainFile(group: RuleGroup): string {
  return yaml({ groups: plainGroups([group]) })
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
