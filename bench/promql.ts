/** How fast our PromQL engine is beside a real Prometheus, how it grows and what a sample costs in memory. */

import { loadavg } from 'node:os'
import type { parseArgs } from 'node:util'
import { wrongUse } from '../contract/user-error.ts'
import { findProgram } from '../test/support/programs.ts'
import { bucketSeries, scrapeInterval, storeOf } from './promql/data.ts'
import { type GrowthRow, measureGrowth } from './promql/growth.ts'
import { measureQueries, type QueryRow } from './promql/queries.ts'
import { measureRules, type RulesRow } from './promql/rules.ts'

export const usage = `Usage: npm run bench -- promql [options]

Asks our engine and a real Prometheus the same range queries over 50 series scraped every 15 s, at steps of a minute,
in turns, and refuses to go on when the answers differ. Lets our rule evaluator run burn-rate rules over the same time
and promtool a slice of it, extrapolated at the pace between two slices that are longer than the longest window.
Then ten times the series and ten times the steps, and the bytes of a sample. Medians of the rounds.

  --prometheus BIN  the server to compare with (default: prometheus in PATH; without one, ours alone)
  --promtool BIN    the promtool to compare with (default: promtool in PATH)
  --days N          length of the data (default 30)
  --rounds N        turns of each query, and of our rules (default 5)
  --json            print {load, bytesPerSample, queries, rules, growth}`

interface Report {
  /** Runnable processes over the last minute: beside other work, trust the ratios and not the times. */
  load: number
  bytesPerSample: number
  queries: QueryRow[]
  rules: RulesRow
  growth: GrowthRow[]
}

export const options = {
  prometheus: { type: 'string' },
  promtool: { type: 'string' },
  days: { type: 'string', default: '30' },
  rounds: { type: 'string', default: '5' },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

export async function run(values: Values): Promise<number> {
  const rounds = positive('rounds', values.rounds)
  const days = positive('days', values.days)
  const progress = (text: string) => {
    if (!values.json) process.stderr.write(`${text}\n`)
  }
  const report = await measure(days, rounds, values, progress)
  console.log(values.json ? JSON.stringify(report) : printed(report, days))
  return 0
}

async function measure(
  days: number,
  rounds: number,
  programs: { prometheus?: string | undefined; promtool?: string | undefined },
  progress: (text: string) => void,
): Promise<Report> {
  const end = days * 86_400_000 - scrapeInterval
  const prometheus = program('prometheus', programs.prometheus)
  const promtool = program('promtool', programs.promtool)
  progress(`making ${days} days of 50 series`)
  const series = bucketSeries(50, (end + scrapeInterval) / scrapeInterval)
  const store = storeOf(series)
  const { bytes, samples } = store.stats()
  const queries = await measureQueries(store, series, end, rounds, prometheus, progress)
  progress('rules')
  const rules = measureRules(days, rounds, promtool)
  const growth = measureGrowth(rounds, progress)
  return { load: loadavg()[0]!, bytesPerSample: bytes / samples, queries, rules, growth }
}

function printed({ load, bytesPerSample, queries, rules, growth }: Report, days: number): string {
  const cell = (text: string) => text.padStart(11)
  const ms = (time: number | undefined) => cell(time === undefined ? '-' : time.toFixed(0))
  const times = (theirs: number | undefined, ours: number) =>
    cell(theirs === undefined ? '-' : `${(theirs / ours).toPrecision(3)}x`)
  const { ours, theirs, samples, slices } = rules
  const columns = ['ours', 'HTTP', 'times', 'engine', 'times', 'our CPU', 'their CPU', 'times']
  return [
    `load ${load.toFixed(1)}, ${bytesPerSample.toFixed(1)} bytes a sample`,
    '',
    `${`${days} days, 50 series, ms`.padEnd(64)}${columns.map(cell).join('')}`,
    ...queries.map(({ query, ours, theirs }) =>
      [
        query.padEnd(64),
        ms(ours.wall),
        ms(theirs?.wall),
        times(theirs?.wall, ours.wall),
        ms(theirs?.engine),
        times(theirs?.engine, ours.wall),
        ms(ours.cpu),
        ms(theirs?.cpu),
        times(theirs?.cpu, ours.cpu),
      ].join(''),
    ),
    '',
    `7 recordings and 4 alerts at 1m over ${days} days: ${ours.wall.toFixed(0)} ms (CPU ${ours.cpu.toFixed(0)} ms) for ${samples} samples`,
    ...slices.map(({ hours, wall, cpu }) => `promtool, ${hours} h: ${seconds(wall)} (CPU ${seconds(cpu)})`),
    ...(theirs === undefined
      ? []
      : [
          `promtool, extrapolated to ${days} days: ${seconds(theirs.wall)} (CPU ${seconds(theirs.cpu)}), ${(theirs.wall / ours.wall).toFixed(0)} times ours (CPU ${(theirs.cpu / ours.cpu).toFixed(0)} times)`,
        ]),
    '',
    `${'series'.padStart(8)}${['steps', 'ms', 'CPU ms', 'ns each'].map(cell).join('')}`,
    ...growth.map(
      ({ series, steps, cost, each }) =>
        `${String(series).padStart(8)}${cell(String(steps))}${ms(cost.wall)}${ms(cost.cpu)}${ms(each)}`,
    ),
  ].join('\n')
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

/** A program named must be there; one that is not named may be missing, which is said. */
function program(name: string, path: string | undefined): string | undefined {
  if (path !== undefined) return path
  const found = findProgram(name, 'the package prometheus')
  if ('program' in found) return found.program
  console.error(`Measuring without ${name}: ${found.missing}`)
  return undefined
}

function positive(option: 'rounds' | 'days', text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw wrongUse({ action: `read --${option} "${text}"`, expected: 'a whole number above 0' })
}
