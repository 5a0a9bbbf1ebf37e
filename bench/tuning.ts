/** How long scoring policies takes, at both resolutions, and how it grows. */
import { availableParallelism } from 'node:os'
import type { parseArgs } from 'node:util'
import { objectives } from '../alerts/objectives.ts'
import { wrongUse } from '../contract/user-error.ts'
import { clocks, type Resolution } from '../tuning/clock.ts'
import { type Task, usualTraffic } from '../tuning/months.ts'
import { policies, usualPolicies } from '../tuning/policies/index.ts'
import { playAll } from '../tuning/pool.ts'
import { scenarios } from '../tuning/scenarios/catalogue.ts'

export const usage = `Usage: npm run bench -- tuning [options]

Scores the six usual policies on availability and latency of the shop over the first scenarios of the catalogue, with two
instances and one seed: scrapes every 15 s and evaluations every 30 s as production has it, and once a minute as the
workbench does unless asked. Then half of the days and half of the scenarios, which should take half of the time.

  --scenarios N   of the ${scenarios.length} there are (default 24)
  --days N        length of a month (default 30)
  --threads N     worker threads (default: one per core, here ${availableParallelism()})
  --json          print rows {run, resolution, scenarios, days, seconds, cpuSeconds, megabytes}`

export const options = {
  scenarios: { type: 'string', default: '24' },
  days: { type: 'string', default: '30' },
  threads: { type: 'string', default: String(availableParallelism()) },
  json: { type: 'boolean', default: false },
} as const

interface Size {
  resolution: Resolution
  scenarios: number
  days: number
}

export async function run(
  values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'],
): Promise<number> {
  const whole = (option: 'scenarios' | 'days' | 'threads', most: number) => {
    const value = Number(values[option])
    if (Number.isInteger(value) && value > 0 && value <= most) return value
    throw wrongUse({
      action: `read --${option}`,
      expected: `a whole number from 1 to ${most}`,
      got: `"${values[option]}"`,
    })
  }
  const [count, days, threads] = [
    whole('scenarios', scenarios.length),
    whole('days', 400),
    whole('threads', 64),
  ]
  const half = (number: number) => Math.max(1, Math.round(number / 2))
  const runs: Record<string, Size> = {
    production: { resolution: '15s', scenarios: count, days },
    'half the days': { resolution: '15s', scenarios: count, days: half(days) },
    'half the scenarios': { resolution: '15s', scenarios: half(count), days },
    'once a minute': { resolution: '1m', scenarios: count, days },
  }
  const rows = []
  for (const [name, size] of Object.entries(runs)) {
    const row = { run: name, ...size, ...(await measured(name, size, threads)) }
    rows.push(row)
    if (!values.json)
      console.log(
        `${name.padEnd(20)} ${size.scenarios} scenarios × ${size.days} days × ${usualPolicies.length} policies × 2 objectives at ${size.resolution}: ${row.seconds.toFixed(1)} s, ${row.cpuSeconds.toFixed(1)} s of processors, ${row.megabytes} MB`,
      )
  }
  if (values.json) console.log(JSON.stringify(rows, undefined, 2))
  return 0
}

async function measured(name: string, { resolution, scenarios: count, days }: Size, threads: number) {
  const tasks = scenarios.slice(0, count).flatMap(scenario =>
    objectives
      .filter(objective => ['shop-availability', 'shop-latency'].includes(objective.name))
      .map(
        (objective): Task => ({
          scenario,
          setting: { objective, resolution, days, traffic: usualTraffic(objective), instances: 2 },
          seed: 1,
          policies: policies
            .filter(policy => usualPolicies.includes(policy.name))
            .map(policy => ({ name: policy.name, rules: policy.rules(objective, clocks[resolution]) })),
        }),
      ),
  )
  let megabytes = 0
  const look = () => {
    megabytes = Math.max(megabytes, Math.round(process.memoryUsage().rss / 1e6))
  }
  const watch = setInterval(look, 100)
  const began = performance.now()
  const cpu = process.cpuUsage()
  try {
    await playAll(
      tasks,
      done => {
        look()
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name}: ${done} of ${tasks.length} months`)
      },
      threads,
    )
  } finally {
    clearInterval(watch)
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  }
  const { user, system } = process.cpuUsage(cpu)
  return { seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6, megabytes }
}
