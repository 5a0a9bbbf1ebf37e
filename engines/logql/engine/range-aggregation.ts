/** Range aggregations: numbers from lines, gathered by labels and counted together in windows. */

import { printLabels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import { newColumn } from '../../vectors/grid.ts'
import type { Grouping, RangeAggregation } from '../language/ast.ts'
import { samplePipeline } from '../pipeline/pipeline.ts'
import { errorLabel, keptErrorLabel, type LabelSet } from '../pipeline/state.ts'
import { wantedOf } from '../pipeline/wanted.ts'
import { labelSet, type Row, type Run } from './rows.ts'
import { type Fold, foldOf, type Samples } from './windows.ts'

interface Gathered {
  labels: LabelSet
  samples: Samples
  isSorted: boolean
}

/** `outer` is the grouping of a sum around it, which needs no other labels of the lines. */
export function rangeAggregation(run: Run, expr: RangeAggregation, outer: Grouping | undefined): Row[] {
  const { grid, budget } = run
  const shift = expr.offset / 1e6
  const first = grid.start - shift
  const fold = foldOf(expr, run.semantics)
  const rows: Row[] = []
  for (const { labels, samples } of gather(run, expr, outer)) {
    budget.work(grid.count)
    const column = newColumn(grid.count)
    const isAny = fill(column, samples, fold, first, grid.step, expr.range, budget.work)
    if (isAny) {
      refuseError(labels)
      rows.push({ ...labels, column })
    }
  }
  return expr.operator === 'absent_over_time' ? absent(run, expr, rows) : rows
}

function gather(run: Run, expr: RangeAggregation, outer: Grouping | undefined): Gathered[] {
  const { storage, query, grid, budget } = run
  const process = samplePipeline(query, expr, outer, run.semantics)
  const shift = expr.offset / 1e6
  const from = Math.floor(grid.start - shift - expr.range)
  const to = Math.ceil(grid.start - shift + (grid.count - 1) * grid.step)
  const gaps = grid.step > expr.range && grid.count > 1
  const gathered = new Map<string, Gathered>()
  const withOffsets = expr.operator === 'rate_counter'
  let last: Gathered | undefined
  for (const { labels: stream, read } of storage.select(
    expr.logs.matchers,
    from,
    to,
    wantedOf(expr.logs.stages),
  )) {
    const { times, nanos, lines, metadata, start, end } = read(from, to)
    for (let i = start; i < end; i++) {
      const time = times[i]!
      const nano = nanos[i]!
      const windowEnd = nano > 0 ? time + 1 : time
      if (windowEnd <= from || windowEnd > to) continue
      if (gaps && isBetweenWindows(windowEnd - (grid.start - shift), grid.step, expr.range)) continue
      budget.read(lines[i]!)
      const sample = process(stream, lines[i]!, metadata[i], time, nano)
      if (sample === undefined) continue
      const { key } = sample.labels
      let series = last !== undefined && last.labels.key === key ? last : gathered.get(key)
      if (series === undefined) {
        series = {
          labels: sample.labels,
          samples: { ends: [], values: [], offsets: withOffsets ? [] : undefined, origin: from },
          isSorted: true,
        }
        gathered.set(key, series)
      }
      last = series
      const { ends, values, offsets } = series.samples
      if (ends.length > 0 && ends[ends.length - 1]! > windowEnd) series.isSorted = false
      ends.push(windowEnd)
      values.push(sample.value)
      offsets?.push((time - from) * 1e6 + nano)
      budget.spend(1)
    }
  }
  const all = [...gathered.values()]
  for (const series of all) if (!series.isSorted) series.samples = sorted(series.samples)
  return all
}

/** Whether a time, counted from the end of the first window, lies in none of them. */
function isBetweenWindows(sinceFirst: number, step: number, range: number): boolean {
  const behind = ((sinceFirst % step) + step) % step
  return behind > 0 && behind <= step - range
}

/** Lines of several streams may make up one series. */
function sorted({ ends, values, offsets, origin }: Samples): Samples {
  const order = Array.from(ends, (_, index) => index)
  order.sort(
    (a, b) => ends[a]! - ends[b]! || (offsets === undefined ? 0 : offsets[a]! - offsets[b]!) || a - b,
  )
  const arranged = (column: readonly number[]) => order.map(index => column[index]!)
  return { ends: arranged(ends), values: arranged(values), offsets: offsets && arranged(offsets), origin }
}

/** A value for each window (T - range, T] with a sample in it; false when there is none. */
function fill(
  column: Row['column'],
  samples: Samples,
  fold: Fold,
  start: number,
  step: number,
  range: number,
  work: (units: number) => void,
): boolean {
  const { ends } = samples
  const seconds = range / 1000
  let [from, to] = [0, 0]
  let isAny = false
  for (let i = 0; i < column.values.length; i++) {
    const windowEnd = start + i * step
    while (to < ends.length && ends[to]! <= windowEnd) to++
    while (from < to && ends[from]! <= windowEnd - range) from++
    if (from === to) continue
    column.values[i] = fold(samples, from, to, seconds, windowEnd)
    column.present[i] = 1
    isAny = true
    work(1 + (to - from) / 100)
  }
  return isAny
}

/** An error of a line fails the query, unless a filter asks for errors. */
function refuseError({ labels }: LabelSet): void {
  const error = labels.get(errorLabel)
  if (error === undefined || labels.get(keptErrorLabel) === 'true') return
  throw new QueryError(
    'execution',
    `pipeline error: '${error}' for series: '${printLabels(labels)}'. Use a label filter to skip lines with errors: | __error__!="${error}", or | __error__="" for any`,
  )
}

/** 1 where no line is, under the labels that the selector names. */
function absent(run: Run, expr: RangeAggregation, rows: readonly Row[]): Row[] {
  const named = new Map<string, string>()
  const doubtful = new Set<string>()
  for (const { name, operator, value } of expr.logs.matchers) {
    if (name === '__name__') continue
    if (operator === '=' && !named.has(name)) named.set(name, value)
    else doubtful.add(name)
  }
  const column = newColumn(run.grid.count)
  column.values.fill(1)
  column.present.fill(1)
  for (const row of rows)
    for (let i = 0; i < column.present.length; i++) if (row.column.present[i] === 1) column.present[i] = 0
  const pairs = [...named].filter(([name, value]) => !doubtful.has(name) && value !== '')
  return column.present.includes(1) ? [{ ...labelSet(pairs), column }] : []
}
