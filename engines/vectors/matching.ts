import type { Budget } from '../budget.ts'
import {
  groupLabels,
  keepLabels,
  keyOf,
  type Labels,
  printAllLabels,
  setLabels,
  withoutLabels,
} from '../labels.ts'
import { QueryError } from '../query-error.ts'
import {
  type Column,
  columnsOf,
  computeAll,
  computed,
  dropName,
  type Grid,
  mergeInto,
  newColumn,
  unlessEmpty,
  type VectorSeries,
} from './grid.ts'
import { changesMetric, combine, isComparison, type Operation, type VectorMatching } from './operators.ts'

interface Row {
  labels: Labels
  column: Column
}

/** A series of the "many" side, the key of its match group and the series there on the other side. */
interface Pair {
  key: string
  series: VectorSeries
  rows: readonly Row[]
}

/**
 * Pairs the series of both sides that agree in the labels to match by. Labels are compared once per series; at each
 * step the "one" side may have a single point per match group, and each result a single pair.
 */
export function matchVectors(
  budget: Budget,
  operation: Operation,
  left: readonly VectorSeries[],
  right: readonly VectorSeries[],
  grid: Grid,
): readonly VectorSeries[] {
  const matching = operation.matching!
  const isSwapped = matching.cardinality === 'one-to-many'
  const [many, one] = isSwapped ? [right, left] : [left, right]
  const signature = (labels: Labels) => keyOf(groupLabels(labels, matching.on, matching.labels))
  const oneSide = new Map<string, Row[]>()
  for (const row of columnsOf(one)) {
    const key = signature(row.labels)
    const rows = oneSide.get(key)
    if (rows === undefined) oneSide.set(key, [row])
    else rows.push(row)
  }
  const doubtful = [...oneSide.values()].filter(rows => rows.length > 1)
  const manySide = doubtful.length === 0 ? many : refuseDuplicates(doubtful, many, matching, grid)
  const pairs: Pair[] = []
  for (const series of manySide) {
    const key = signature(series.labels)
    const rows = oneSide.get(key)
    if (rows === undefined) computeAll([series])
    else pairs.push({ key, series, rows })
  }
  const pair = ({ labels, column }: Row, partner: Row, isLast: boolean): Row => {
    const into = isLast ? column : newColumn(grid.count)
    for (let i = 0; i < grid.count; i++) into.present[i] = column.present[i]! & partner.column.present[i]!
    const [l, r] = isSwapped ? [partner.column, column] : [column, partner.column]
    combine(operation, l.values, r.values, into, l.values)
    return { labels: resultLabels(operation, labels, partner.labels), column: into }
  }
  const isSimple =
    new Set(pairs.map(({ key }) => key)).size === pairs.length || matching.cardinality !== 'one-to-one'
  const names = new Set<string>()
  const isUnique =
    isSimple &&
    pairs.every(({ series, rows }) => {
      const size = names.size
      names.add(keyOf(resultLabels(operation, series.labels, rows[0]!.labels)))
      return rows.length === 1 && names.size > size
    })
  if (isUnique)
    return pairs.map(({ series, rows }) => ({
      labels: resultLabels(operation, series.labels, rows[0]!.labels),
      compute() {
        const column = series.compute()
        if (column === undefined) return undefined
        budget.spend(grid.count)
        return unlessEmpty(pair({ labels: series.labels, column }, rows[0]!, true).column)
      },
    }))
  return gather(budget, matching, pairs, pair, grid)
}

/** All pairs with checks at each step, where labels alone do not tell that results are unique. */
function gather(
  budget: Budget,
  matching: VectorMatching,
  pairs: readonly Pair[],
  pair: (row: Row, partner: Row, isLast: boolean) => Row,
  grid: Grid,
): readonly VectorSeries[] {
  const isOneToOne = matching.cardinality === 'one-to-one'
  const results = new Map<string, Row & { key: string }>()
  const matched = new Map<string, Column>()
  for (const { key, series, rows } of pairs) {
    const column = series.compute()
    if (column === undefined) continue
    for (const partner of rows) {
      budget.spend(grid.count)
      const result = pair({ labels: series.labels, column }, partner, false)
      if (isOneToOne) {
        const before = matched.get(key)
        if (before === undefined)
          matched.set(key, { values: result.column.values, present: result.column.present.slice() })
        else mergeMask(before.present, result.column.present)
      }
      const resultKey = keyOf(result.labels)
      const known = results.get(resultKey)
      if (known === undefined) results.set(resultKey, { ...result, key })
      else if (known.key === key && !isOneToOne)
        mergeInto(
          known.column,
          result.column,
          'multiple matches for labels: grouping labels must ensure unique matches',
        )
      else mergeInto(known.column, result.column)
    }
  }
  return [...results.values()].flatMap(({ labels, column }) =>
    unlessEmpty(column) === undefined ? [] : [computed(labels, column)],
  )
}

function mergeMask(seen: Uint8Array, present: Uint8Array): void {
  for (let i = 0; i < present.length; i++) {
    if ((seen[i]! & present[i]!) === 1)
      throw new QueryError(
        'execution',
        'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
      )
    seen[i]! |= present[i]!
  }
}

/** Two points of the "one" side in a match group are an error wherever the other side has any point at all. */
function refuseDuplicates(
  groups: readonly (readonly Row[])[],
  many: readonly VectorSeries[],
  matching: VectorMatching,
  grid: Grid,
): VectorSeries[] {
  const rows = columnsOf(many)
  const anyOfMany = new Uint8Array(grid.count)
  for (const { column } of rows) for (let i = 0; i < grid.count; i++) anyOfMany[i]! |= column.present[i]!
  for (const group of groups)
    for (let i = 0; i < grid.count; i++) {
      if (anyOfMany[i] === 0) continue
      const [first, second] = group.filter(({ column }) => column.present[i] === 1)
      if (second === undefined || first === undefined) continue
      const labels = groupLabels(second.labels, matching.on, matching.labels)
      const side = matching.cardinality === 'one-to-many' ? 'left' : 'right'
      throw new QueryError(
        'execution',
        `found duplicate series for the match group ${printAllLabels(labels)} on the ${side} hand-side of the operation: [${printAllLabels(second.labels)}, ${printAllLabels(first.labels)}];many-to-many matching not allowed: matching labels must be unique on one side`,
      )
    }
  return rows.map(({ labels, column }) => computed(labels, column))
}

function resultLabels(operation: Operation, many: Labels, one: Labels): Labels {
  const { on, labels, cardinality, include } = operation.matching!
  let result = isComparison(operation.operator) ? many : dropName(many)
  if (cardinality === 'one-to-one') result = on ? keepLabels(result, labels) : withoutLabels(result, labels)
  result = setLabels(
    result,
    include.map(name => [name, one.get(name) ?? '']),
  )
  return changesMetric(operation) && isComparison(operation.operator) ? dropName(result) : result
}
