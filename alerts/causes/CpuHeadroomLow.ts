import { resourceBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { runtime } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, gauge, type Metrics, shop } from './kit/metrics.ts'
import { jobOnInstance, ratePerProcess, services, valueAsPercentage } from './kit/queries.ts'

const { cpuUtilization } = resourceBudgets

export const CpuHeadroomLow: AlertDefinition = {
  group: 'causes-process',
  dashboard: 'sightline-use',
  rule: window => {
    const own = ratePerProcess(select(runtime.cpu, services), window)
    const idle = ratePerProcess(select(runtime.machineCpu, { ...services, cpu_mode: 'idle' }), window)
    const all = ratePerProcess(select(runtime.machineCpu, services), window)
    return {
      // Its own use, or everybody's: beside a greedy neighbour a process cannot even use its share.
      expr:
        `${own} / ${select(runtime.cpuCores, services)} > ${cpuUtilization}` +
        ` or 1 - ${idle} / (${all} > 0) > ${cpuUtilization}`,
      summary: `${jobOnInstance} has little CPU headroom left`,
      description: `${valueAsPercentage} of its cores are in use, by itself or by its neighbours; less than ${Math.round((1 - cpuUtilization) * 100)}% headroom does not absorb a spike`,
    }
  },
  tests: examples(
    { labels: shop, shown: '80%', fires: ownUse(1.6), quiet: ownUse(1) },
    {
      title: 'beside a greedy neighbour',
      labels: shop,
      shown: '90%',
      fires: { ...ownUse(0.4), ...machine({ user: 1.8, idle: 0.2 }) },
      quiet: { ...ownUse(0.4), ...machine({ user: 0.6, idle: 1.4 }) },
    },
  ),
}

function ownUse(cores: number): Metrics {
  return { ...counter(runtime.cpu, shop, cores), ...gauge(runtime.cpuCores, shop, 2) }
}

function machine({ user, idle }: { user: number; idle: number }): Metrics {
  return {
    ...counter(runtime.machineCpu, { ...shop, cpu_mode: 'user' }, user),
    ...counter(runtime.machineCpu, { ...shop, cpu_mode: 'idle' }, idle),
  }
}
