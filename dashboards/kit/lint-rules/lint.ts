/** Holds finished dashboards to the lint rules, apart from what a definition excludes with a reason. */

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

function covers({ rule, panels }: Exclusion, finding: Finding): boolean {
  return (
    rule === finding.rule &&
    (panels === undefined || (finding.panel !== undefined && panels.includes(finding.panel)))
  )
}
