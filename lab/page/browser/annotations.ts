/** Marks over the time axes out of a dashboard's annotation queries. */
import { cssColor } from '../model/colors.ts'
import type { AnnotationQuery, Dashboard } from '../model/dashboard.ts'
import { interpolate, type Scope } from '../model/interpolate.ts'
import { aligned, builtIns, stepFor } from '../model/intervals.ts'
import { numberOf, type PrometheusData } from '../model/prometheus.ts'
import type { TimeRange } from '../model/time.ts'
import { prometheus } from './api.ts'
import type { Mark } from './panels/panel.ts'

interface Series {
  metric: Readonly<Record<string, string>>
  values: readonly (readonly [number, string])[]
}

export async function marksOf(
  { annotations }: Dashboard,
  range: TimeRange,
  scope: Scope,
  scrapeInterval: number,
  problems: string[],
): Promise<Mark[]> {
  const queries = (annotations?.list ?? []).filter(({ enable, expr }) => enable !== false && expr)
  const found = await Promise.all(
    queries.map(async query => {
      try {
        return await marks(query, range, scope, scrapeInterval)
      } catch (error) {
        problems.push(`Annotation ${query.name}: ${error instanceof Error ? error.message : error}`)
        return []
      }
    }),
  )
  return found.flat()
}

async function marks(
  query: AnnotationQuery,
  range: TimeRange,
  scope: Scope,
  scrapeInterval: number,
): Promise<Mark[]> {
  const step = stepFor(range, 600, scrapeInterval)
  const times = aligned(range, step)
  const filled = { ...scope, builtIns: { ...scope.builtIns, ...builtIns(range, step, scrapeInterval) } }
  const { result } = await prometheus<PrometheusData>('query_range', {
    query: interpolate(query.expr!, filled, 'promql'),
    start: times.from / 1000,
    end: times.to / 1000,
    step: step / 1000,
  })
  const isAtValue = query.useValueForTime === true || query.useValueForTime === 'on'
  return (result as Series[]).flatMap(({ metric, values }) => {
    const text = (format = '') =>
      format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => metric[name] ?? '')
    const mark = {
      color: cssColor(query.iconColor ?? 'red'),
      title: text(query.titleFormat) || query.name,
      text: text(query.textFormat),
    }
    const spans = isAtValue ? atValues(values) : stretches(values, step)
    return spans.map(([from, to]) => ({ ...mark, from, to }))
  })
}

/** The value is the time itself, in milliseconds. */
function atValues(values: Series['values']): (readonly [number, number])[] {
  return [...new Set(values.map(([, value]) => numberOf(value)))].map(time => [time, time])
}

/** Samples without a gap between them are one stretch. */
function stretches(values: Series['values'], step: number): [number, number][] {
  const found: [number, number][] = []
  for (const [seconds] of values) {
    const time = seconds * 1000
    const last = found.at(-1)
    if (last !== undefined && time - last[1] <= step * 1.5) last[1] = time
    else found.push([time, time])
  }
  return found
}
