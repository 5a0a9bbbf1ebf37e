import { wrongUse } from '../../contract/user-error.ts'
import { type Labels, printLabels } from '../../engines/labels.ts'
import { instantQuery, rangeQuery } from '../../engines/promql/engine/query.ts'
import type { InstantResult, RangeResult } from '../../engines/promql/engine/results.ts'
import { resultJson, valueJson } from '../../engines/promql/serve/json.ts'
import { command } from '../command.ts'
import { required } from '../options.ts'
import {
  dataOptions,
  dataUsage,
  durationOption,
  featuresOption,
  plainly,
  readData,
  semanticsOption,
  timeOption,
} from './input.ts'

const usage = `Usage: npm run promql -- query EXPR --data FILE [--time T | --start T --end T --step D]

Evaluates a query over a file of samples: at one time, or at every step of a range.

${dataUsage}
  --time T           when, as seconds since the epoch or 2026-01-31T12:00:00Z (default: the newest sample)
  --start T --end T --step D
                     evaluate at every step from start to end
  --json             the result as Prometheus' HTTP API gives it

Exit code 1 when the result holds no series.`

export const main = command({
  name: 'promql',
  usage,
  options: {
    ...dataOptions,
    time: { type: 'string' },
    start: { type: 'string' },
    end: { type: 'string' },
    step: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  words: true,
  run: (values, words) => {
    const { data: path } = required('query', values, ['data'])
    const [expr, ...more] = words
    if (expr === undefined || more.length > 0)
      throw wrongUse(`Cannot query: expected one expression, got ${words.length}; quote it for the shell`)
    const range = rangeOf(values)
    const time = values.time === undefined ? undefined : timeOption('time', values.time)
    const options = {
      semantics: semanticsOption(values.semantics),
      features: featuresOption(values['enable-feature']),
    }
    return plainly(() => {
      const { store } = readData(path, values['nan-is-stale'])
      const newest = store.stats().newest ?? 0
      const result =
        range === undefined
          ? instantQuery(store, expr, time ?? newest, options)
          : rangeQuery(store, expr, range, options)
      for (const warning of result.warnings) console.error(warning)
      for (const info of result.infos) console.error(info)
      console.log(values.json ? resultJson(result) : describe(result))
      return isEmpty(result) ? 1 : 0
    })
  },
})

function rangeOf(values: { [name in 'time' | 'start' | 'end' | 'step']?: string }) {
  const given = [values.start, values.end, values.step].filter(value => value !== undefined).length
  if (given === 0) return undefined
  if (values.time !== undefined)
    throw wrongUse('Cannot query: expected --time or --start, --end and --step, got both')
  const { start, end, step } = required('query a range', values, ['start', 'end', 'step'])
  const range = {
    start: timeOption('start', start),
    end: timeOption('end', end),
    step: durationOption('step', step),
  }
  if (range.end >= range.start) return range
  throw wrongUse(`Cannot query a range: expected --end at or after --start, got ${start} to ${end}`)
}

/** An unknown metric, or a condition that nothing meets. */
function isEmpty(result: InstantResult | RangeResult): boolean {
  if (result.type === 'vector') return result.samples.length === 0
  return result.type === 'matrix' && result.series.length === 0
}

function describe(result: InstantResult | RangeResult): string {
  if (result.type === 'scalar') return valueJson(result.value)
  if (result.type === 'string') return result.value
  if (result.type === 'vector')
    return (
      result.samples.map(({ labels, value }) => `${name(labels)} ${valueJson(value)}`).join('\n') ||
      'no series'
    )
  const blocks = result.series.map(({ labels, times, values }) =>
    [name(labels), ...Array.from(times, (time, i) => `  ${printTime(time)} ${valueJson(values[i]!)}`)].join(
      '\n',
    ),
  )
  return blocks.join('\n') || 'no series'
}

const name = (labels: Labels) => printLabels(labels)

function printTime(time: number): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? `${time / 1000}` : date.toISOString()
}
