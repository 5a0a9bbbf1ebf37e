import { byLabels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import type { MetricExpr } from '../language/ast.ts'
import { parse } from '../language/parse.ts'
import type { LogStorage } from '../storage.ts'
import { newBudget } from './budget.ts'
import { evaluate } from './evaluate.ts'
import { type LogRange, logQuery } from './log-query.ts'
import type { InstantResult, LogResult, QueryOptions, RangeResult, Series } from './result.ts'
import type { Row, Run } from './rows.ts'

/** A metric at one time, in milliseconds. */
export function instantQuery(
  storage: LogStorage,
  query: string,
  time: number,
  options: QueryOptions = {},
): InstantResult {
  const expr = metricOf(query)
  if (expr.kind === 'number') return { type: 'scalar', time, value: expr.value }
  const budget = newBudget(options)
  const { semantics = '3.7' } = options
  const run: Run = { storage, query, grid: { start: time, step: 1, count: 1 }, budget, semantics }
  const rows = evaluate(run, expr).filter(({ column }) => column.present[0] === 1)
  budget.checkSeries(rows.length)
  if (!isSorted(expr)) rows.sort(byLabels)
  const samples = rows.map(({ labels, column }) => ({ labels, value: column.values[0]! }))
  return { type: 'vector', time, samples }
}

/** A metric at every step from start to end, both included; milliseconds. */
export function rangeQuery(
  storage: LogStorage,
  query: string,
  range: { start: number; end: number; step: number },
  options: QueryOptions = {},
): RangeResult {
  const expr = metricOf(query)
  const { start, end, step } = range
  if (!(step > 0))
    throw new QueryError('execution', `Cannot evaluate a range: expected a step above 0, got ${step}`)
  if (!(end >= start))
    throw new QueryError(
      'execution',
      `Cannot evaluate a range: expected an end at or after ${start}, got ${end}`,
    )
  const budget = newBudget(options)
  const { semantics = '3.7' } = options
  const count = Math.floor((end - start) / step) + 1
  budget.checkSteps(count)
  const run: Run = { storage, query, grid: { start, step, count }, budget, semantics }
  const series = seriesOf(run, evaluate(run, expr))
  budget.checkSeries(series.length)
  return { type: 'matrix', series }
}

/** The lines of a range of time. */
export function linesQuery(
  storage: LogStorage,
  query: string,
  range: LogRange,
  options: QueryOptions = {},
): LogResult {
  const expr = parse(query)
  if (expr.kind !== 'logs')
    throw new QueryError('execution', 'Cannot give lines: expected a query for log lines, got a metric')
  return logQuery(storage, query, expr, range, newBudget(options), options.semantics ?? '3.7')
}

function metricOf(query: string): MetricExpr {
  const expr = parse(query)
  if (expr.kind !== 'logs') return expr
  throw new QueryError(
    'execution',
    'Cannot evaluate: expected a metric such as rate(…), got a query for log lines; log queries are not supported as an instant query type',
  )
}

/** A query that sorts anywhere keeps the order it made. */
function isSorted(expr: MetricExpr): boolean {
  switch (expr.kind) {
    case 'aggregation':
      return expr.operator === 'sort' || expr.operator === 'sort_desc' || isSorted(expr.inner)
    case 'binary':
      return isSorted(expr.left) || isSorted(expr.right)
    case 'label_replace':
      return isSorted(expr.inner)
    default:
      return false
  }
}

/** Rows of the same labels are one series. */
function seriesOf({ grid }: Run, rows: readonly Row[]): Series[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.key)
    if (group === undefined) groups.set(row.key, [row])
    else group.push(row)
  }
  const series: Series[] = []
  for (const group of [...groups.values()].sort(([a], [b]) => byLabels(a!, b!))) {
    const times: number[] = []
    const values: number[] = []
    for (let i = 0; i < grid.count; i++)
      for (const { column } of group)
        if (column.present[i] === 1) {
          times.push(grid.start + i * grid.step)
          values.push(column.values[i]!)
        }
    if (times.length > 0) series.push({ labels: group[0]!.labels, times, values })
  }
  return series
}
