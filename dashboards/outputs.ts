import { catalogue } from './catalogue.ts'
import { dependencies } from './dependencies/dependencies.ts'
import { investigate } from './investigate.ts'
import { lintFile } from './kit/lint-rules/lint.ts'
import type { NativeDashboard } from './kit/native/dashboard.ts'
import { render, serialise } from './kit/render.ts'
import { loadAndBudgets } from './load.ts'
import { overview } from './overview.ts'
import { red } from './red.ts'
import { slo } from './slo.ts'
import { stack } from './stack.ts'
import { tuning } from './tuning.ts'
import { use } from './use.ts'

export const definitions = [
  overview,
  red,
  use,
  dependencies,
  slo,
  tuning,
  investigate,
  loadAndBudgets,
  stack,
] as const

/** All dashboards as Grafana reads them. */
export function renderAll(): NativeDashboard[] {
  return render(definitions, catalogue)
}

/** Everything this folder writes to generated/: path below it, and content. */
export function outputs(): Record<string, string> {
  const dashboards = renderAll()
  const lintReasons = dashboards.map((dashboard, index) => ({
    dashboard,
    exclusions: definitions[index]!.exclusions ?? [],
  }))
  return {
    ...Object.fromEntries(
      dashboards.map(dashboard => [`dashboards/${dashboard.uid}.json`, serialise(dashboard)]),
    ),
    'dashboards/.lint': lintFile(lintReasons),
  }
}
