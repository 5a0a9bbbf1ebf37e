import { resourceBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { runtime } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, shop } from './kit/metrics.ts'
import { jobOnInstance, ratePerProcess, services, valueAsPercentage } from './kit/queries.ts'

export const GarbageCollectionHeavy: AlertDefinition = {
  group: 'causes-process',
  dashboard: 'sightline-use',
  rule: window => ({
    expr: `${ratePerProcess(select(runtime.gc, services, 'sum'), window)} > ${resourceBudgets.gcTimeRatio}`,
    summary: `${jobOnInstance} spends much of its time on garbage collection`,
    description: `${valueAsPercentage} of the time goes into pauses for garbage collection`,
  }),
  tests: examples({
    labels: shop,
    shown: '20%',
    fires: counter(runtime.gc, { ...shop, v8js_gc_type: 'minor' }, 0.2, 'sum'),
    quiet: counter(runtime.gc, { ...shop, v8js_gc_type: 'minor' }, 0.01, 'sum'),
  }),
}
