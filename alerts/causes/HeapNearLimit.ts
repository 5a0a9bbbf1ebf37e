import { resourceBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { runtime } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { gauge, type Metrics, shop } from './kit/metrics.ts'
import { jobOnInstance, services, valueAsPercentage } from './kit/queries.ts'

export const HeapNearLimit: AlertDefinition = {
  group: 'causes-process',
  dashboard: 'sightline-use',
  rule: () => ({
    expr: `sum by (job, instance) (${select(runtime.heapUsed, services)}) / ${select(runtime.heapLimit, services)} > ${resourceBudgets.heapUtilization}`,
    summary: `Heap of ${jobOnInstance} is near its limit`,
    description: `${valueAsPercentage} of the heap's limit is in use; at the limit the process dies`,
  }),
  tests: examples({ labels: shop, shown: '90%', fires: heapOf100(90), quiet: heapOf100(50) }),
}

function heapOf100(used: number): Metrics {
  return {
    ...gauge(runtime.heapUsed, { ...shop, v8js_heap_space_name: 'old_space' }, used - 10),
    ...gauge(runtime.heapUsed, { ...shop, v8js_heap_space_name: 'new_space' }, 10),
    ...gauge(runtime.heapLimit, shop, 100),
  }
}
