import { wrongUse } from '../../contract/user-error.ts'
import { printLabels } from '../../engines/labels.ts'
import { instantQuery, linesQuery, rangeQuery } from '../../engines/logql/engine/query.ts'
import type { QueryResult } from '../../engines/logql/engine/result.ts'
import { parse } from '../../engines/logql/language/parse.ts'
import { resultJson } from '../../engines/logql/serve/json.ts'
import { valueJson } from '../../engines/promql/serve/json.ts'
import { command } from '../command.ts'
import { oneOf, required } from '../options.ts'
import { dataUsage, durationOption, plainly, readLogs, timeOption } from './input.ts'

const usage = `Usage: npm run logql -- query QUERY --data FILE [options]

Lines, or numbers counted from lines, of a file of log records.

${dataUsage}
  --start T --end T  which lines, or from when to when numbers (default: all of the file)
  --step D           numbers at every step from start to end
  --time T           numbers at one time (default: the newest line)
  --limit N          lines at most (default 100)
  --direction D      forward, or backward (default): which lines come first
  --json             the result as Loki's HTTP API gives it`

export const main = command({
  name: 'logql',
  usage,
  options: {
    data: { type: 'string' },
    start: { type: 'string' },
    end: { type: 'string' },
    step: { type: 'string' },
    time: { type: 'string' },
    limit: { type: 'string', default: '100' },
    direction: { type: 'string', default: 'backward' },
    json: { type: 'boolean', default: false },
  },
  words: true,
  run: (values, words) => {
    const { data } = required('query', values, ['data'])
    const [query, ...more] = words
    if (query === undefined || more.length > 0)
      throw wrongUse(`Cannot query: expected one query, got ${words.length}; quote it for the shell`)
    const direction = oneOf('read --direction', values.direction, ['forward', 'backward'])
    if (!/^[1-9]\d{0,6}$/.test(values.limit))
      throw wrongUse(`Cannot read --limit: expected a whole number above 0, got "${values.limit}"`)
    const step = values.step === undefined ? undefined : durationOption('step', values.step)
    const [start, end, time] = (['start', 'end', 'time'] as const).map(name => {
      const text = values[name]
      return text === undefined ? undefined : timeOption(name, text)
    })
    return plainly(() => {
      const isLines = parse(query).kind === 'logs'
      const store = readLogs(data)
      const { oldest, newest, entries } = store.stats()
      const from = start ?? { time: entries === 0 ? 0 : oldest, nanos: 0 }
      const to = end ?? { time: entries === 0 ? 0 : newest + 1, nanos: 0 }
      const limit = Number(values.limit)
      let result: QueryResult
      if (isLines) result = linesQuery(store, query, { start: from, end: to, direction, limit, interval: 0 })
      else if (step === undefined) result = instantQuery(store, query, (time ?? to).time)
      else result = rangeQuery(store, query, { start: from.time, end: to.time, step })
      console.log(values.json ? resultJson(result) : describe(result))
      return 0
    })
  },
})

function describe(result: QueryResult): string {
  switch (result.type) {
    case 'scalar':
      return valueJson(result.value)
    case 'vector':
      return (
        result.samples.map(({ labels, value }) => `${printLabels(labels)} ${valueJson(value)}`).join('\n') ||
        'no series'
      )
    case 'matrix': {
      const blocks = result.series.map(({ labels, times, values }) =>
        [
          printLabels(labels),
          ...times.map((time, i) => `  ${new Date(time).toISOString()} ${valueJson(values[i]!)}`),
        ].join('\n'),
      )
      return blocks.join('\n') || 'no series'
    }
    case 'streams': {
      const blocks = result.streams.map(({ labels, entries }) =>
        [
          printLabels(labels),
          ...entries.map(({ time, line }) => `  ${new Date(time).toISOString()} ${line}`),
        ].join('\n'),
      )
      return blocks.join('\n') || 'no lines'
    }
  }
}
