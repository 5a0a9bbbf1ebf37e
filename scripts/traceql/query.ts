import { wrongUse } from '../../contract/user-error.ts'
import { defaultStep } from '../../engines/traceql/engine/grid.ts'
import { type MetricsResult, queryRange } from '../../engines/traceql/engine/metrics.ts'
import { type SearchResult, search } from '../../engines/traceql/engine/search.ts'
import { metricsJson, searchJson } from '../../engines/traceql/json.ts'
import { parse } from '../../engines/traceql/language/parse.ts'
import { durationText, valueText } from '../../engines/traceql/language/tempo-text.ts'
import type { TraceStore } from '../../engines/traceql/store/memory.ts'
import { command } from '../command.ts'
import { required } from '../options.ts'
import { countOption, durationOption, plainly, readTraces, timeOption } from './input.ts'

const usage = `Usage: npm run traceql -- query EXPR --data FILE [--start T --end T [--step D]]

Searches a file of traces, or computes a metrics query such as '{ } | rate()' over it.

  --data FILE        traces: an OTLP/JSON ExportTraceServiceRequest on each line; - is stdin
  --start T --end T  when, as seconds since the epoch or 2026-01-31T12:00:00Z (default: all the file has)
  --step D           of a metrics query (default: about 240 steps)
  --limit N          traces at most, the newest (default 20)
  --spans N          spans of each spanset at most (default 3)
  --exemplars N      of each series at most (default 0)
  --json             the answer as Tempo's HTTP API gives it`

export const main = command({
  name: 'traceql',
  usage,
  options: {
    data: { type: 'string' },
    start: { type: 'string' },
    end: { type: 'string' },
    step: { type: 'string' },
    limit: { type: 'string', default: '20' },
    spans: { type: 'string', default: '3' },
    exemplars: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
  words: true,
  run: (values, words) => {
    const { data } = required('query', values, ['data'])
    const [expr, ...more] = words
    if (expr === undefined || more.length > 0)
      throw wrongUse(`Cannot query: expected one query, got ${words.length}; quote it for the shell`)
    const start = values.start === undefined ? undefined : timeOption('start', values.start)
    const end = values.end === undefined ? undefined : timeOption('end', values.end)
    const step = values.step === undefined ? undefined : durationOption('step', values.step)
    const [limit, spansPerSpanset] = [countOption('limit', values.limit), countOption('spans', values.spans)]
    const exemplars = countOption('exemplars', values.exemplars)
    return plainly(() => {
      const isMetrics = parse(expr).kind === 'metrics'
      const store = readTraces(data)
      if (isMetrics) {
        const result = queryRange(store, expr, rangeOf(store, start, end, step), { exemplars })
        console.log(values.json ? JSON.stringify(metricsJson(result)) : describeSeries(result))
      } else {
        const result = search(store, expr, { start, end, limit, spansPerSpanset })
        console.log(values.json ? JSON.stringify(searchJson(result)) : describeTraces(result))
      }
      return 0
    })
  },
})

function rangeOf(store: TraceStore, from?: bigint, to?: bigint, step?: bigint) {
  const { oldest, newest } = store.stats()
  const start = from ?? (oldest ?? 1n) - 1n
  const end = to ?? (newest ?? start) + 1n
  return { start, end, step: step ?? defaultStep(start, end) }
}

function describeTraces({ traces }: SearchResult): string {
  const lines = traces.flatMap(({ trace, spansets }) => [
    `${trace.id} ${when(trace.start)} ${durationText(trace.duration)} ${trace.rootService} ${trace.rootName}`.trimEnd(),
    ...spansets.flatMap(({ spans, matched, attributes }) => [
      `  ${matched} span${matched === 1 ? '' : 's'}${attributes.map(pair).join('')}`,
      ...spans.map(
        ({ span, attributes }) =>
          `    ${span.id} ${span.name} ${durationText(span.duration)}${attributes.map(pair).join('')}`,
      ),
    ]),
  ])
  return lines.join('\n') || 'no traces'
}

const pair = ({ name, value }: { name: string; value: Parameters<typeof valueText>[0] }) =>
  ` ${name}=${valueText(value)}`

function describeSeries({ series, grid }: MetricsResult): string {
  const lines = series.flatMap(({ labels, values }) => [
    `{${labels.map(({ name, value }) => `${name}=${valueText(value)}`).join(', ')}}`,
    ...Array.from(values, (value, step) => ({ value, step }))
      .filter(({ value }) => !Number.isNaN(value))
      .map(({ value, step }) => `  ${new Date(grid.timeOf(step)).toISOString()} ${value}`),
  ])
  return lines.join('\n') || 'no series'
}

function when(nanoseconds: bigint): string {
  return new Date(Number(nanoseconds / 1_000_000n)).toISOString()
}
