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
import { newNotes, printNotes } from './notes.ts'
import { parse } from './parse.ts'
import { hasDurationExpr, resolveDurations } from './resolve-durations.ts'
import type { InstantResult, QueryOptions, RangeResult, RangeSeries } from './results.ts'

/** Evaluates at one time, in milliseconds. */
export function instantQuery(
  storage: Storage,
  query: string | Expr,
  time: number,
  options: QueryOptions = {},
): InstantResult {
  const plan = planOf(query, options, { start: time, end: time, step: 0 })
  const evaluation = newEvaluation(storage, plan, { start: time, end: time, step: 0 }, options)
  const grid = { start: time, step: 1, count: 1 }
  switch (typeOf(plan.expr)) {
    case 'string':
      return { type: 'string', time, value: stringOf(plan.expr), ...printNotes(evaluation.notes) }
    case 'matrix': {
      const series = rangeVector(evaluation, plan.expr, grid)
      return { type: 'matrix', series: series.toSorted(byLabels), ...printNotes(evaluation.notes) }
    }
    default: {
      const value = evaluation.evaluate(plan.expr, grid)
      if (isScalar(value)) return { type: 'scalar', time, value: value[0]!, ...printNotes(evaluation.notes) }
      const samples = columnsOf(value)
        .filter(({ column }) => column.present[0] === 1)
        .map(({ labels, column }) => ({ labels, time, value: column.values[0]! }))
      return { type: 'vector', samples, ...printNotes(evaluation.notes) }
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
  const { start, end, step } = range
  if (!(step > 0))
    throw new QueryError('execution', `Cannot evaluate a range: expected a step above 0, got ${step}`)
  if (!(end >= start))
    throw new QueryError(
      'execution',
      `Cannot evaluate a range: expected an end at or after ${start}, got ${end}`,
    )
  const plan = planOf(query, options, range)
  const type = typeOf(plan.expr)
  if (type === 'matrix' || type === 'string')
    throw new QueryError(
      'execution',
      `invalid expression type "${type === 'matrix' ? 'range vector' : 'string'}" for range query, must be Scalar or instant Vector`,
    )
  const evaluation = newEvaluation(storage, plan, range, options)
  const grid = { start, step, count: Math.floor((end - start) / step) + 1 }
  evaluation.budget.checkSteps(grid.count)
  const value = evaluation.evaluate(plan.expr, grid)
  const columns = isScalar(value)
    ? [{ labels: noLabels, column: { values: value, present: new Uint8Array(grid.count).fill(1) } }]
    : columnsOf(value)
  return {
    type: 'matrix',
    series: columns.map(pointCollector(grid)).sort(byLabels),
    ...printNotes(evaluation.notes),
  }
}

interface Plan {
  expr: Expr
  invariant: ReadonlySet<Expr>
  hasDurationExpr: boolean
}

interface Times {
  start: number
  end: number
  step: number
}

const plans = new Map<string, Plan>()
const plansOfTrees = new WeakMap<Expr, Plan>()
const mostPlans = 500

/**
 * Durations such as `[step() * 4]` depend on the times that are asked for. There `step()` is the step of a range even
 * where it has one point alone; as a number it is 0 then.
 */
function planOf(query: string | Expr, { features }: QueryOptions, { start, end, step }: Times): Plan {
  const plan = typeof query === 'string' ? planOfText(query, features) : planOfTree(query)
  if (!plan.hasDurationExpr) return plan
  return newPlan(resolveDurations(plan.expr, step, end - start), false)
}

function planOfText(query: string, features: QueryOptions['features']): Plan {
  const key = features === undefined ? query : `${features.join()} ${query}`
  const known = plans.get(key)
  if (known !== undefined) return known
  const plan = newPlan(parse(query, features))
  if (plans.size >= mostPlans) plans.delete(plans.keys().next().value!)
  plans.set(key, plan)
  return plan
}

function planOfTree(expr: Expr): Plan {
  const plan = plansOfTrees.get(expr) ?? newPlan(expr)
  plansOfTrees.set(expr, plan)
  return plan
}

function newPlan(expr: Expr, mayHaveDurations = true): Plan {
  return { expr, invariant: invariantParts(expr), hasDurationExpr: mayHaveDurations && hasDurationExpr(expr) }
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
  { start, end, step }: Times,
  options: QueryOptions,
): Evaluation {
  const settings = {
    storage,
    start,
    end,
    step: start === end ? 0 : step,
    lookback: options.lookback ?? 5 * minutes,
    subqueryStep: options.defaultSubqueryStep ?? 1 * minutes,
    semantics: options.semantics ?? 'prometheus-3',
    budget: newBudget(options.limits ?? {}, options.isCancelled),
    notes: newNotes(),
  }
  return createEvaluation(settings, invariant)
}

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
