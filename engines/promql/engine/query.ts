import { newBudget } from '../../budget.ts'
import { byLabels, type Labels, noLabels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import { type Column, columnsOf, type Grid, isScalar } from '../../vectors/grid.ts'
import { childrenOf, type Expr } from '../language/ast.ts'
import { typeOf } from '../language/check.ts'
import type { Storage } from '../storage.ts'
import { createEvaluation, rangeVector } from './evaluate.ts'
import { type Evaluation, stringOf } from './evaluation.ts'
import { functions } from './functions/table.ts'
import { newNotes } from './notes.ts'
import { parse } from './parse.ts'
import type { InstantResult, QueryOptions, RangeResult, RangeSeries } from './results.ts'

/** Evaluates at one time, in milliseconds. */
export function instantQuery(
  storage: Storage,
  query: string | Expr,
  time: number,
  options: QueryOptions = {},
): InstantResult {
  const plan = planOf(query)
  const evaluation = newEvaluation(storage, plan, time, time, options)
  const grid = { start: time, step: 1, count: 1 }
  switch (typeOf(plan.expr)) {
    case 'string':
      return { type: 'string', time, value: stringOf(plan.expr), ...notesOf(evaluation) }
    case 'matrix': {
      const series = rangeVector(evaluation, plan.expr, grid)
      return { type: 'matrix', series: series.toSorted(byLabels), ...notesOf(evaluation) }
    }
    default: {
      const value = evaluation.evaluate(plan.expr, grid)
      if (isScalar(value)) return { type: 'scalar', time, value: value[0]!, ...notesOf(evaluation) }
      const samples = columnsOf(value)
        .filter(({ column }) => column.present[0] === 1)
        .map(({ labels, column }) => ({ labels, time, value: column.values[0]! }))
      return { type: 'vector', samples, ...notesOf(evaluation) }
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
  const evaluation = newEvaluation(storage, plan, start, end, options)
  const grid = { start, step, count: Math.floor((end - start) / step) + 1 }
  evaluation.budget.layOut(grid.count)
  const value = evaluation.evaluate(plan.expr, grid)
  const columns = isScalar(value)
    ? [{ labels: noLabels, column: { values: value, present: new Uint8Array(grid.count).fill(1) } }]
    : columnsOf(value)
  return { type: 'matrix', series: columns.map(pointCollector(grid)).sort(byLabels), ...notesOf(evaluation) }
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

/** The subtrees that have one value at all steps, because `@` pins every selector in them: evaluated once each. */
function invariantParts(root: Expr): ReadonlySet<Expr> {
  const found = new Set<Expr>()
  const visit = (expr: Expr): boolean => {
    const inner = childrenOf(expr).map(visit)
    const isInvariant =
      expr.kind === 'selector' || expr.kind === 'subquery'
        ? expr.shift.at !== undefined
        : expr.kind === 'aggregation'
          ? inner.at(-1)!
          : inner.every(Boolean) && !(expr.kind === 'call' && functions.get(expr.name)!.variesWithTime)
    if (isInvariant) found.add(expr)
    return isInvariant
  }
  visit(root)
  return found
}

const minutes = 60_000

function newEvaluation(
  storage: Storage,
  { invariant }: Plan,
  start: number,
  end: number,
  options: QueryOptions,
): Evaluation {
  const settings = {
    storage,
    start,
    end,
    lookback: options.lookback ?? 5 * minutes,
    subqueryStep: options.defaultSubqueryStep ?? 1 * minutes,
    semantics: options.semantics ?? 'prometheus-3',
    budget: newBudget(options.limits ?? {}, options.isCancelled),
    notes: newNotes(),
  }
  return createEvaluation(settings, invariant)
}

const notesOf = ({ notes }: Evaluation) => ({ warnings: [...notes.warnings], infos: [...notes.infos] })

/** Keeps the points that exist; series that have all of them share one array of times. */
function pointCollector(grid: Grid): (series: { labels: Labels; column: Column }) => RangeSeries {
  const everyTime = new Float64Array(grid.count)
  for (let i = 0; i < grid.count; i++) everyTime[i] = grid.start + i * grid.step
  return ({ labels, column: { values, present } }) => {
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
