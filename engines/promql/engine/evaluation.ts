import type { Budget } from '../../budget.ts'
import { type Grid, isScalar, type Value, type VectorSeries } from '../../vectors/grid.ts'
import type { Expr, TimeShift } from '../language/ast.ts'
import type { Storage } from '../storage.ts'
import type { NoteBook } from './notes.ts'

/** All that is the same throughout the evaluation of one query. */
export interface Evaluation {
  storage: Storage
  /** The query's own first and last time, which `start()` and `end()` name even inside a subquery. */
  start: number
  end: number
  /** Of a range query; 0 of an instant one. */
  step: number
  lookback: number
  subqueryStep: number
  /** Prometheus 2 counts a sample on a window's left edge as inside. */
  semantics: 'prometheus-3' | 'prometheus-2'
  budget: Budget
  notes: NoteBook
  /** The value of a scalar or vector expression at every step of the grid. */
  evaluate(expr: Expr, grid: Grid): Value
}

export function vectorAt(evaluation: Evaluation, expr: Expr, grid: Grid): readonly VectorSeries[] {
  const value = evaluation.evaluate(expr, grid)
  if (isScalar(value)) throw new Error('Cannot evaluate: expected an instant vector, got a scalar')
  return value
}

/** One value per step. */
export function scalarAt(evaluation: Evaluation, expr: Expr, grid: Grid): Float64Array {
  const value = evaluation.evaluate(expr, grid)
  if (!isScalar(value)) throw new Error('Cannot evaluate: expected a scalar, got an instant vector')
  return value
}

/** The text of a string expression, which is a literal, in parentheses perhaps. */
export function stringOf(expr: Expr): string {
  if (expr.kind === 'paren') return stringOf(expr.inner)
  if (expr.kind !== 'string') throw new Error(`Cannot read a string: expected a literal, got a ${expr.kind}`)
  return expr.value
}

/** Prometheus 2 refuses two series that become equal even where they have no step in common. */
export function mergesBy({ semantics }: Evaluation): 'step' | 'range' {
  return semantics === 'prometheus-2' ? 'range' : 'step'
}

/** How long before a window's end a sample may be to count as inside; times are whole milliseconds. */
export function reachOf({ semantics }: Evaluation, length: number): number {
  return semantics === 'prometheus-2' ? length : length - 1
}

/** The times at which a selector with an offset or `@` reads samples; with `@` it is the same time at every step. */
export function shiftedGrid(evaluation: Evaluation, { offset, at }: TimeShift, grid: Grid): Grid {
  if (at === undefined) return { ...grid, start: grid.start - offset }
  const time = at.kind === 'time' ? at.time : evaluation[at.kind]
  return { start: time - offset, step: 0, count: grid.count }
}
