/** Aggregations over series: sum, avg, topk and so on, by or without labels. */

import { keyOf } from '../../labels.ts'
import { type Column, newColumn } from '../../vectors/grid.ts'
import { topOrBottom } from '../../vectors/topk.ts'
import type { Grouping, VectorAggregation } from '../language/ast.ts'
import type { LabelSet } from '../pipeline/state.ts'
import { hasPoints, labelSet, type Row, type Run, withoutEmpty } from './rows.ts'

export function vectorAggregation(run: Run, expr: VectorAggregation, rows: readonly Row[]): Row[] {
  const groups = groupRows(rows, expr.grouping)
  run.budget.work(rows.length * run.grid.count)
  switch (expr.operator) {
    case 'sort':
    case 'sort_desc':
      return groups.flatMap(({ members }) => order(members, expr.operator === 'sort_desc'))
    case 'topk':
    case 'bottomk':
      return choose(run, rows, expr)
    default: {
      const fold =
        expr.operator === 'avg' && run.semantics === 'next' ? averageWithInfinities : folds[expr.operator]
      return groups.map(({ labels, members }) => ({ ...labels, column: foldColumns(run, members, fold) }))
    }
  }
}

interface Group {
  labels: LabelSet
  members: Row[]
}

function groupRows(rows: readonly Row[], { without, labels: names }: Grouping): Group[] {
  const wanted = new Set(names)
  const groups = new Map<string, Group>()
  for (const row of rows) {
    const kept = [...row.labels].filter(([name]) =>
      without ? !wanted.has(name) && name !== '__name__' : wanted.has(name),
    )
    const { key } = labelSet(kept)
    const group = groups.get(key)
    if (group !== undefined) group.members.push(row)
    else
      groups.set(key, {
        labels: without ? labelSet(withoutEmpty(new Map(kept))) : labelSet(kept),
        members: [row],
      })
  }
  return [...groups.values()]
}

type Fold = (values: Float64Array, count: number) => number

const folds: { [operator in 'sum' | 'avg' | 'count' | 'max' | 'min' | 'stddev' | 'stdvar']: Fold } = {
  sum(values, count) {
    let total = values[0]!
    for (let i = 1; i < count; i++) total += values[i]!
    return total
  },
  avg(values, count) {
    let mean = values[0]!
    for (let i = 1; i < count; i++) mean += (values[i]! - mean) / (i + 1)
    return mean
  },
  count: (_, count) => count,
  max(values, count) {
    let best = values[0]!
    for (let i = 1; i < count; i++) if (best < values[i]! || Number.isNaN(best)) best = values[i]!
    return best
  },
  min(values, count) {
    let best = values[0]!
    for (let i = 1; i < count; i++) if (best > values[i]! || Number.isNaN(best)) best = values[i]!
    return best
  },
  stddev: (values, count) => Math.sqrt(variance(values, count)),
  stdvar: (values, count) => variance(values, count),
}

/** An infinity stays what it is, whatever finite is averaged with it. */
function averageWithInfinities(values: Float64Array, count: number): number {
  let mean = values[0]!
  for (let i = 1; i < count; i++) {
    const value = values[i]!
    const isKept = Math.abs(mean) === Infinity && (value === mean || Number.isFinite(value))
    if (!isKept) mean += (value - mean) / (i + 1)
  }
  return mean
}

function variance(values: Float64Array, count: number): number {
  let mean = values[0]!
  let squares = 0
  for (let i = 1; i < count; i++) {
    const delta = values[i]! - mean
    mean += delta / (i + 1)
    squares += delta * (values[i]! - mean)
  }
  return squares / count
}

function foldColumns(run: Run, members: readonly Row[], fold: Fold): Column {
  const column = newColumn(run.grid.count)
  const values = new Float64Array(members.length)
  for (let i = 0; i < run.grid.count; i++) {
    let count = 0
    for (const { column: one } of members) if (one.present[i] === 1) values[count++] = one.values[i]!
    if (count === 0) continue
    column.values[i] = fold(values, count)
    column.present[i] = 1
  }
  return column
}

/** By the value at the first step: sorting is for queries at one time. */
function order(members: readonly Row[], isDescending: boolean): Row[] {
  const present = members.filter(hasPoints)
  return present.toSorted((a, b) => {
    const [left, right] = [a.column.values[0]!, b.column.values[0]!]
    if (Number.isNaN(left) || Number.isNaN(right))
      return Number(Number.isNaN(left)) - Number(Number.isNaN(right))
    return isDescending ? right - left : left - right
  })
}

/** The k best at each step, with NaN as the worst, under their own labels. */
function choose(run: Run, rows: readonly Row[], expr: VectorAggregation): Row[] {
  const groups = groupRows(rows, expr.grouping).map(({ labels, members }) => ({
    labels: labels.labels,
    members: members.map(({ labels, key, column }) => ({ labels, key, compute: () => column })),
  }))
  const operator = expr.operator as 'topk' | 'bottomk'
  const sizes = new Float64Array(run.grid.count).fill(expr.parameter!)
  const chosen = topOrBottom(run.budget, { operator, isOld: true }, sizes, groups, run.grid)
  return chosen.flatMap(({ labels, compute }) => {
    const column = compute()
    return column === undefined ? [] : [{ labels, key: keyOf(labels), column }]
  })
}
