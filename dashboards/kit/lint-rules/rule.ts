/** What every lint rule is, and what several of them ask. */
import { type Selector, selectors, syntaxProblem } from '../../../contract/parse.ts'
import { type NativeDashboard, type NativePanel, type NativeTarget, panelsOf } from '../native/dashboard.ts'

type Report = (problem: string, panel?: NativePanel) => void

export interface Rule {
  /** As Grafana's dashboard-linter calls it. */
  name: string
  check: (dashboard: NativeDashboard, report: Report) => void
}

/** Types of panels as the linter lists them, old ones included. */
export const drawsNumbers = ['stat', 'singlestat', 'graph', 'table', 'timeseries', 'gauge']
export const hasQueries = ['singlestat', 'gauge', 'table', 'stat', 'state-timeline', 'timeseries']

export function onTargets(
  check: (dashboard: NativeDashboard, panel: NativePanel, target: NativeTarget, report: Report) => void,
): Rule['check'] {
  return (dashboard, report) => {
    for (const panel of panelsOf(dashboard))
      for (const target of panel.targets ?? []) if (!target.hide) check(dashboard, panel, target, report)
  }
}

/** None where the query is no PromQL, which is another rule's to report. */
export function selectorsIn(expr: string): Selector[] {
  return syntaxProblem('promql', expr) ? [] : selectors(expr)
}

/** The rules about PromQL go by the first data source of a dashboard alone. */
export function isPrometheus({ templating }: NativeDashboard): boolean {
  return templating.list.find(({ type }) => type === 'datasource')?.query === 'prometheus'
}

export function isLoki(panel: NativePanel, target: NativeTarget): boolean {
  return (target.datasource?.type ?? panel.datasource?.type) === 'loki'
}
