import { resourceBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { runtime } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, gauge, type Metrics, shop } from './kit/metrics.ts'
import { jobOnInstance, ratePerProcess, services, valueAsPercentage } from './kit/queries.ts'

const { cpuUtilization, cpuWaiting } = resourceBudgets

export const CpuHeadroomLow: AlertDefinition = {
  group: 'causes-process',
  dashboard: 'sightline-use',
  rule: window => {
    const own = ratePerProcess(select(runtime.cpu, services), window)
    const waiting = ratePerProcess(select(runtime.cpuWait, services), window)
    return {
      // A machine that is busy with others is no trouble as long as the process gets a core when it wants one.
      expr: `${own} / ${select(runtime.cpuCores, services)} > ${cpuUtilization} or ${waiting} > ${cpuWaiting}`,
      summary: `${jobOnInstance} has little CPU headroom left`,
      description: `${valueAsPercentage} of its cores are in use, or as much of one core's work waits because neighbours have the cores; a spike finds no room`,
    }
  },
  tests: examples(
    {
      labels: shop,
      shown: '80%',
      fires: { ...ownUse(1.6), ...waiting(0.1) },
      quiet: { ...ownUse(1), ...waiting(0.1) },
    },
    {
      title: 'where the system does not tell of waiting',
      labels: shop,
      shown: '80%',
      fires: ownUse(1.6),
      quiet: ownUse(1),
    },
    {
      title: 'beside a greedy neighbour',
      labels: shop,
      shown: '90%',
      fires: { ...ownUse(0.4), ...machine({ user: 2, idle: 0 }), ...waiting(0.9) },
      // All cores are taken, and what it needs it gets.
      quiet: { ...ownUse(0.4), ...machine({ user: 2, idle: 0 }), ...waiting(0.3) },
    },
  ),
}

function ownUse(cores: number): Metrics {
  return { ...counter(runtime.cpu, shop, cores), ...gauge(runtime.cpuCores, shop, 2) }
}

function waiting(threads: number): Metrics {
  return counter(runtime.cpuWait, shop, threads)
}

function machine({ user, idle }: { user: number; idle: number }): Metrics {
  return {
    ...counter(runtime.machineCpu, { ...shop, cpu_mode: 'user' }, user),
    ...counter(runtime.machineCpu, { ...shop, cpu_mode: 'idle' }, idle),
  }
}
