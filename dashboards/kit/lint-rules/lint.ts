/** Holds finished dashboards to the lint rules, apart from what a definition excludes with a reason. */

import { stringify } from 'yaml'
import type { Exclusion } from '../model.ts'
import type { NativeDashboard } from '../native/dashboard.ts'
import { rules } from './rules.ts'

interface Finding {
  rule: string
  dashboard: string
  panel?: string
  problem: string
}

/** What breaks a rule and is not excluded. */
export function lint(dashboard: NativeDashboard, exclusions: readonly Exclusion[] = []): Finding[] {
  return allFindings(dashboard).filter(finding => !exclusions.some(exclusion => covers(exclusion, finding)))
}

/** Exclusions that are not needed any more, because the dashboard keeps the rule. */
export function idleExclusions(dashboard: NativeDashboard, exclusions: readonly Exclusion[]): string[] {
  const findings = allFindings(dashboard)
  return exclusions.flatMap(exclusion => {
    const covered = findings.filter(finding => covers(exclusion, finding))
    if (exclusion.panels === undefined) return covered.length === 0 ? [exclusion.rule] : []
    return exclusion.panels
      .filter(title => !covered.some(({ panel }) => panel === title))
      .map(title => `${exclusion.rule}: ${title}`)
  })
}

/** What dashboard-linter reads as `.lint` beside the dashboards. It wants every panel by its title, each with a reason. */
export function lintFile(
  given: readonly { dashboard: NativeDashboard; exclusions: readonly Exclusion[] }[],
): string {
  const rulesWithEntries = new Map<string, Map<string, object>>()
  for (const { dashboard, exclusions } of given)
    for (const { rule, panel } of allFindings(dashboard)) {
      const covering = exclusions.find(exclusion => covers(exclusion, { rule, panel }))
      if (covering === undefined) continue
      const entries = rulesWithEntries.get(rule) ?? new Map<string, object>()
      const entry = { dashboard: dashboard.title, ...(panel && { panel }), reason: covering.reason }
      rulesWithEntries.set(rule, entries.set(JSON.stringify(entry), entry))
    }
  const exclusions = Object.fromEntries(
    [...rulesWithEntries].map(([rule, entries]) => [rule, { entries: [...entries.values()] }]),
  )
  return `# Why dashboards do not keep a rule of https://github.com/grafana/dashboard-linter.\n${stringify({ exclusions }, { lineWidth: 0 })}`
}

function allFindings(dashboard: NativeDashboard): Finding[] {
  const findings: Finding[] = []
  for (const { name, check } of rules)
    check(dashboard, (problem, panel) =>
      findings.push({
        rule: name,
        dashboard: dashboard.uid,
        problem,
        ...(panel && { panel: panel.title }),
      }),
    )
  return findings
}

function covers({ rule, panels }: Exclusion, finding: Pick<Finding, 'rule' | 'panel'>): boolean {
  return (
    rule === finding.rule &&
    (panels === undefined || (finding.panel !== undefined && panels.includes(finding.panel)))
  )
}
