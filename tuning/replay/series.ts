/** Samples of the past as the columns that rules are run over. */
import { keyOf, type Labels, labelsOf } from '../../engines/labels.ts'
import { parse } from '../../engines/promql/engine/parse.ts'
import type { Storage } from '../../engines/promql/storage.ts'
import type { ColumnData, InputSeries } from '../simulate/column-store.ts'
import type { Piece } from './prometheus.ts'

/** Adds pieces up to series; what two of them have in common is taken once. */
export function newSeriesCollector() {
  const all = new Map<string, { labels: Labels; times: number[]; values: number[] }>()
  return {
    add(piece: Piece) {
      for (const { labels, times, values } of piece) {
        const sorted = labelsOf(Object.entries(labels))
        const key = keyOf(sorted)
        const known = all.get(key) ?? { labels: sorted, times: [], values: [] }
        all.set(key, known)
        for (let at = 0; at < times.length; at++) {
          if (known.times.length > 0 && times[at]! <= known.times.at(-1)!) continue
          known.times.push(times[at]!)
          known.values.push(values[at]!)
        }
      }
    },
    series: (): InputSeries[] =>
      [...all.values()].map(({ labels, times, values }) => {
        const data = columnOf(Float64Array.from(times), Float64Array.from(values), [])
        return { labels, data: () => data }
      }),
  }
}

/** What selectors such as `{__name__="up"}` find in a store, such as one that was read from a dump. */
export function seriesOf(store: Storage, selectors: readonly string[]): InputSeries[] {
  const found = new Map<string, InputSeries>()
  for (const selector of selectors) {
    const expr = parse(selector)
    if (expr.kind !== 'selector') throw new Error(`Cannot select ${selector}: expected a selector`)
    for (const series of store.select(expr.matchers, 0, Number.MAX_SAFE_INTEGER)) {
      const { times, values, stale, length } = series.read(0, Number.MAX_SAFE_INTEGER)
      const marks: number[] = []
      for (let at = 0; at < length; at++) if (stale?.[at] === 1) marks.push(at)
      const data = columnOf(times.slice(0, length), values.slice(0, length), marks)
      found.set(keyOf(series.labels), { labels: series.labels, data: () => data })
    }
  }
  return [...found.values()]
}

function columnOf(times: Float64Array, values: Float64Array, stale: number[]): ColumnData {
  return { times, values, length: times.length, stale }
}
