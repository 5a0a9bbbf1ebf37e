/** What every cause and meta alert has in common. */
import { type DashboardUid, dashboardUrl, runbookUrl } from '../../contract/links.ts'
import type { AlertRule } from '../rules.ts'

export interface Cause {
  alert: string
  expr: string
  /** Seconds. */
  for: number
  category: 'cause' | 'meta'
  summary: string
  description: string
  dashboard: DashboardUid
  /** Who it is about, when the expression has no label `job`. */
  service?: string
  severity?: 'page' | 'ticket' | 'none'
}

const job = '{{ $labels.job }}'

export function causeRule({ alert, expr, service, severity, ...cause }: Cause): AlertRule {
  return {
    alert,
    expr,
    ...(cause.for > 0 ? { for: cause.for } : {}),
    labels: { service: service ?? job, severity: severity ?? 'ticket', category: cause.category },
    annotations: {
      summary: cause.summary,
      description: cause.description,
      runbook_url: runbookUrl(alert),
      dashboard_url: dashboardUrl(cause.dashboard, service === undefined ? { job } : {}),
    },
  }
}
