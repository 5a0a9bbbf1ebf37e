/** Burn-rate rules over a month: all of it by our evaluator, a slice of it by promtool. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labelsOf } from '../../engines/labels.ts'
import { createEvaluator } from '../../engines/promql/rules/evaluate.ts'
import { loadRules } from '../../engines/promql/rules/load.ts'
import { createStore } from '../../engines/promql/store/memory.ts'
import { median } from '../median.ts'
import { type Cost, startMeasuring } from './queries.ts'

const minute = 60_000
const services = ['a', 'b', 'c', 'd', 'e']
const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d']
const tiers = [
  { long: '1h', short: '5m', burn: 14.4 },
  { long: '6h', short: '30m', burn: 6 },
  { long: '1d', short: '2h', burn: 3 },
  { long: '3d', short: '6h', burn: 1 },
]

/**
 * Requests and errors of five services: ten series, one sample a minute. A few errors always, and every night an hour
 * in which one request in twenty fails, so that alerts are quiet, wait, fire and end.
 */
const counters = services.flatMap((service, index) => [
  { name: 'requests_total', service, perMinute: () => 600 + index },
  { name: 'errors_total', service, perMinute: (hour: number) => (hour % 24 === 3 ? 30 : 0.06) + index / 100 },
])

const rulesFile = JSON.stringify({
  groups: [
    {
      name: 'burn',
      interval: '1m',
      rules: [
        ...windows.map(window => ({
          record: `errors:ratio_rate${window}`,
          expr: `sum by (service) (rate(errors_total[${window}])) / sum by (service) (rate(requests_total[${window}]))`,
        })),
        ...tiers.map(({ long, short, burn }) => ({
          alert: `Burn${long}`,
          expr: `errors:ratio_rate${long} > ${burn * 0.001} and errors:ratio_rate${short} > ${burn * 0.001}`,
          for: '2m',
          labels: { severity: 'page' },
        })),
      ],
    },
  ],
})

/** The longest window is full after three days: from there on promtool goes at one pace, which is that between the two. */
const sliceHours = [76, 100] as const

export interface RulesRow {
  ours: Cost
  samples: number
  /** What promtool took for its two slices, and what the whole time would take at the pace between them. */
  slices: (Cost & { hours: number })[]
  theirs: Cost | undefined
}

export function measureRules(days: number, rounds: number, promtool: string | undefined): RulesRow {
  const costs: Cost[] = []
  let samples = 0
  for (let round = 0; round < rounds; round++) {
    const { cost, written } = evaluateOurs(days)
    costs.push(cost)
    samples = written
  }
  const ours = { wall: median(costs.map(({ wall }) => wall)), cpu: median(costs.map(({ cpu }) => cpu)) }
  if (promtool === undefined) return { ours, samples, slices: [], theirs: undefined }
  const hours = days * 24 > sliceHours[1] ? sliceHours : [days * 12, days * 24]
  const [short, long] = hours.map(hours => ({ hours, ...runPromtool(promtool, hours) })) as [Slice, Slice]
  const whole = (of: 'wall' | 'cpu') =>
    long[of] + ((long[of] - short[of]) / (long.hours - short.hours)) * (days * 24 - long.hours)
  return { ours, samples, slices: [short, long], theirs: { wall: whole('wall'), cpu: whole('cpu') } }
}

type Slice = RulesRow['slices'][number]

function evaluateOurs(days: number): { cost: Cost; written: number } {
  const store = createStore()
  const end = days * 24 * 60 * minute
  for (const { name, service, perMinute } of counters) {
    const appender = store.series(
      labelsOf([
        ['__name__', name],
        ['service', service],
      ]),
    )
    let value = 0
    for (let time = 0; time <= end; time += minute) {
      appender.append(time, value)
      value += perMinute(Math.floor(time / minute / 60))
    }
  }
  const before = store.stats().samples
  const stop = startMeasuring()
  createEvaluator(loadRules(rulesFile, 'burn.yml'), store).runRange(0, end)
  return { cost: stop(), written: store.stats().samples - before }
}

function runPromtool(promtool: string, hours: number): Cost {
  const folder = mkdtempSync(join(tmpdir(), 'bench-promql-rules-'))
  try {
    writeFileSync(join(folder, 'burn.yml'), rulesFile)
    const inputs = counters.map(({ name, service, perMinute }) => {
      let value = 0
      const hourly = Array.from({ length: hours }, (_, hour) => {
        const part = `${value}+${perMinute(hour)}x59`
        value += perMinute(hour) * 60
        return part
      })
      return { series: `${name}{service="${service}"}`, values: [...hourly, `${value}`].join(' ') }
    })
    // Its last evaluation is asked for, so that everything before has to be done.
    const asked = {
      expr: 'count(errors:ratio_rate5m)',
      eval_time: `${hours}h`,
      exp_samples: [{ labels: '{}', value: 5 }],
    }
    const test = {
      rule_files: ['burn.yml'],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series: inputs, promql_expr_test: [asked] }],
    }
    writeFileSync(join(folder, 'test.yml'), JSON.stringify(test))
    const started = performance.now()
    // A shell knows what its children used; its last line is theirs.
    const script = '"$0" test rules test.yml >&2 && times'
    const output = execFileSync('sh', ['-c', script, promtool], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    const wall = performance.now() - started
    const used = [
      ...output
        .trim()
        .split('\n')
        .at(-1)!
        .matchAll(/(\d+)m([\d.]+)s/g),
    ]
    return { wall, cpu: used.reduce((sum, [, m, s]) => sum + (Number(m) * 60 + Number(s)) * 1000, 0) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
