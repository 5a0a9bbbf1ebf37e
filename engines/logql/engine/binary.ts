/** Operations between series, and between series and a number. */

import type { Labels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import { newColumn } from '../../vectors/grid.ts'
import { isComparison } from '../../vectors/operators.ts'
import type { Binary, VectorMatching } from '../language/ast.ts'
import { compare, merge } from '../language/operators.ts'
import type { LabelSet } from '../pipeline/state.ts'
import { hasPoints, labelSet, type Row, type Run, withoutEmpty } from './rows.ts'

/** `side` is where the number stands. */
export function withNumber(expr: Binary, rows: readonly Row[], value: number, side: 'left' | 'right'): Row[] {
  const { operator, returnBool } = expr
  return rows.map(row => {
    const column = newColumn(row.column.values.length)
    for (let i = 0; i < column.values.length; i++) {
      if (row.column.present[i] === 0) continue
      const own = row.column.values[i]!
      const [left, right] = side === 'left' ? [value, own] : [own, value]
      if (isComparison(operator) && !returnBool) {
        if (!compare(operator, left, right)) continue
        column.values[i] = own
      } else column.values[i] = merge(operator, left, right)
      column.present[i] = 1
    }
    return { ...row, column }
  })
}

export function betweenRows(run: Run, expr: Binary, left: readonly Row[], right: readonly Row[]): Row[] {
  run.budget.work((left.length + right.length) * run.grid.count)
  switch (expr.operator) {
    case 'and':
      return masked(left, right, expr.matching, (own, other) => own & other)
    case 'unless':
      return masked(left, right, expr.matching, (own, other) => own & (other ^ 1))
    case 'or':
      return [...left, ...masked(right, left, expr.matching, (own, other) => own & (other ^ 1))]
    default:
      return matched(run, expr, left, right)
  }
}

/** The rows where those of the other side with the same matching labels say so. */
function masked(
  rows: readonly Row[],
  others: readonly Row[],
  matching: VectorMatching,
  keep: (own: number, other: number) => number,
): Row[] {
  const presence = new Map<string, Uint8Array>()
  for (const { labels, column } of others) {
    const key = matchKey(labels, matching)
    const mask = presence.get(key)
    if (mask === undefined) presence.set(key, column.present.slice())
    else for (let i = 0; i < mask.length; i++) mask[i]! |= column.present[i]!
  }
  return rows.map(row => {
    const mask = presence.get(matchKey(row.labels, matching))
    const present = row.column.present.map((own, i) => keep(own, mask?.[i] ?? 0))
    return { ...row, column: { values: row.column.values, present } }
  })
}

function matchKey(labels: Labels, { on, labels: names }: VectorMatching): string {
  return labelSet(withoutEmpty(labels).filter(([name]) => names.includes(name) === on)).key
}

function matched(run: Run, expr: Binary, left: readonly Row[], right: readonly Row[]): Row[] {
  const { matching } = expr
  const isSwapped = matching.cardinality === 'one-to-many'
  const [many, one] = isSwapped ? [right, left] : [left, right]
  const partners = new Map<string, Row[]>()
  for (const row of one.filter(hasPoints)) {
    const key = matchKey(row.labels, matching)
    const group = partners.get(key)
    if (group === undefined) partners.set(key, [row])
    else {
      if (group.some(other => overlap(other.column.present, row.column.present)))
        throw new QueryError(
          'execution',
          `found duplicate series on the ${isSwapped ? 'left' : 'right'} hand-side;many-to-many matching not allowed: matching labels must be unique on one side`,
        )
      group.push(row)
    }
  }
  /** Where each match group, or each result in it, has a point already. */
  const seen = new Map<string, Uint8Array>()
  const rows: Row[] = []
  for (const row of many) {
    const key = matchKey(row.labels, matching)
    for (const partner of partners.get(key) ?? []) {
      const labels = resultLabels(row.labels, partner.labels, matching)
      const both = row.column.present.map((own, i) => own & partner.column.present[i]!)
      const isOneToOne = matching.cardinality === 'one-to-one'
      const seenKey = isOneToOne ? key : `${key}\xfe${labels.key}`
      const before = seen.get(seenKey)
      if (before === undefined) seen.set(seenKey, both.slice())
      else if (overlap(before, both))
        throw new QueryError(
          'execution',
          isOneToOne
            ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
            : 'multiple matches for labels: grouping labels must ensure unique matches',
        )
      else for (let i = 0; i < both.length; i++) before[i]! |= both[i]!
      run.budget.spend(run.grid.count)
      const [l, r] = isSwapped ? [partner, row] : [row, partner]
      rows.push({ ...labels, column: combine(expr, l, r, both) })
    }
  }
  return rows
}

const overlap = (a: Uint8Array, b: Uint8Array) => a.some((own, i) => (own & b[i]!) === 1)

function combine({ operator, returnBool }: Binary, left: Row, right: Row, both: Uint8Array) {
  const column = newColumn(both.length)
  for (let i = 0; i < both.length; i++) {
    if (both[i] === 0) continue
    const [l, r] = [left.column.values[i]!, right.column.values[i]!]
    if (isComparison(operator) && !returnBool) {
      if (!compare(operator, l, r)) continue
      column.values[i] = l
    } else column.values[i] = merge(operator, l, r)
    column.present[i] = 1
  }
  return column
}

function resultLabels(
  many: Labels,
  one: Labels,
  { on, labels, cardinality, include }: VectorMatching,
): LabelSet {
  let pairs = withoutEmpty(many)
  if (cardinality === 'one-to-one') pairs = pairs.filter(([name]) => labels.includes(name) === on)
  const result = new Map(pairs)
  for (const name of include) {
    const value = one.get(name) ?? ''
    if (value === '') result.delete(name)
    else result.set(name, value)
  }
  return labelSet(result)
}
