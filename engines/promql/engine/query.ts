import { noLabels } from '../labels.ts'
import type { Expr } from '../language/ast.ts'
import { typeOf } from '../language/check.ts'
import { parse } from '../language/parse.ts'
import type { Storage } from '../storage.ts'
import { newBudget } from './budget.ts'
import type { Column, Grid, VectorSeries } from './column.ts'
import { evaluate, rangeVector, stringOf } from './evaluate.ts'
import { invariantParts } from './invariant.ts'
import { newNotes } from './notes.ts'
import {
  type InstantResult,
  type InstantSample,
  QueryError,
  type QueryOptions,
  type RangeResult,
  type RangeSeries,
} from './result.ts'
import type { Run } from './run.ts'
import { byLabels } from './series-order.ts'

/** Evaluates at one time, in milliseconds. */
export function instantQuery(
  storage: Storage,
  query: string | Expr,
  time: number,
  options: QueryOptions = {},
): InstantResult {
  const plan = planOf(query)
  const run = newRun(storage, plan, time, time, options)
  const grid = { start: time, step: 1, count: 1 }
  switch (typeOf(plan.expr)) {
    case 'string':
      return { type: 'string', time, value: stringOf(plan.expr), ...notesOf(run) }
    case 'matrix': {
      const series = rangeVector(run, plan.expr, grid)
      return { type: 'matrix', series: series.toSorted(byLabels), ...notesOf(run) }
    }
    default: {
      const value = evaluate(run, plan.expr, grid)
      if (value.type === 'scalar') return { type: 'scalar', time, value: value.values[0]!, ...notesOf(run) }
      return { type: 'vector', samples: samplesOf(value.series, time), ...notesOf(run) }
    }
  }
}

/** Evaluates at every step from start to end, both included; milliseconds. */
export function rangeQuery(
  storage: Storage,
  query: string | Expr,
  range: { start: number; end: number; step: number },
  options: QueryOptions = {},
): RangeResult {
  const plan = planOf(query)
  const { start, end, step } = range
  if (!(step > 0))
    throw new QueryError('execution', `Cannot evaluate a range: expected a step above 0, got ${step}`)
  if (!(end >= start))
    throw new QueryError(
      'execution',
      `Cannot evaluate a range: expected an end at or after ${start}, got ${end}`,
    )
  const type = typeOf(plan.expr)
  if (type === 'matrix' || type === 'string')
    throw new QueryError(
      'execution',
      `invalid expression type "${type === 'matrix' ? 'range vector' : 'string'}" for range query, must be Scalar or instant Vector`,
    )
  const run = newRun(storage, plan, start, end, options)
  const grid = { start, step, count: Math.floor((end - start) / step) + 1 }
  run.budget.layOut(grid.count)
  const value = evaluate(run, plan.expr, grid)
  const pointsOf = pointCollector(grid)
  if (value.type === 'scalar')
    return { type: 'matrix', series: [pointsOf(noLabels, allOf(value.values))], ...notesOf(run) }
  const series: RangeSeries[] = []
  for (const { labels, compute } of value.series) {
    const column = compute()
    if (column !== undefined) series.push(pointsOf(labels, column))
  }
  return { type: 'matrix', series: series.sort(byLabels), ...notesOf(run) }
}

interface Plan {
  expr: Expr
  invariant: ReadonlySet<Expr>
}

const plans = new Map<string, Plan>()
const plansOfTrees = new WeakMap<Expr, Plan>()
const mostPlans = 500

function planOf(query: string | Expr): Plan {
  const known = typeof query === 'string' ? plans.get(query) : plansOfTrees.get(query)
  if (known !== undefined) return known
  const expr = typeof query === 'string' ? parse(query) : query
  const plan = { expr, invariant: invariantParts(expr) }
  if (typeof query !== 'string') plansOfTrees.set(query, plan)
  else {
    if (plans.size >= mostPlans) plans.delete(plans.keys().next().value!)
    plans.set(query, plan)
  }
  return plan
}

const minutes = 60_000

function newRun(storage: Storage, plan: Plan, start: number, end: number, options: QueryOptions): Run {
  return {
    storage,
    start,
    end,
    lookback: options.lookback ?? 5 * minutes,
    subqueryStep: options.defaultSubqueryStep ?? 1 * minutes,
    semantics: options.semantics ?? 'prometheus-3',
    invariant: plan.invariant,
    budget: newBudget(options.limits ?? {}, options.isCancelled),
    notes: newNotes(),
  }
}

const notesOf = ({ notes }: Run) => ({ warnings: [...notes.warnings], infos: [...notes.infos] })

function samplesOf(series: readonly VectorSeries[], time: number): InstantSample[] {
  const samples: InstantSample[] = []
  for (const { labels, compute } of series) {
    const column = compute()
    if (column?.present[0] === 1) samples.push({ labels, time, value: column.values[0]! })
  }
  return samples
}

const allOf = (values: Float64Array): Column => ({
  values,
  present: new Uint8Array(values.length).fill(1),
})

/** The points that are there, of one series after the other; those with all of them share their times. */
function pointCollector(grid: Grid): (labels: RangeSeries['labels'], column: Column) => RangeSeries {
  const everyTime = new Float64Array(grid.count)
  for (let i = 0; i < grid.count; i++) everyTime[i] = grid.start + i * grid.step
  return (labels, { values, present }) => {
    if (!present.includes(0)) return { labels, times: everyTime, values }
    let count = 0
    for (let i = 0; i < grid.count; i++) count += present[i]!
    const times = new Float64Array(count)
    const kept = new Float64Array(count)
    for (let i = 0, k = 0; i < grid.count; i++) {
      if (present[i] === 0) continue
      times[k] = everyTime[i]!
      kept[k] = values[i]!
      k++
    }
    return { labels, times, values: kept }
  }
}
