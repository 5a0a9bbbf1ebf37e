import type { Budget } from '../budget.ts'
import {
  groupBy,
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

export interface MatchContext {
  budget: Budget
  /** Prometheus 2 does not count pairs that a comparison takes away when it looks for two where one is allowed. */
  isOld: boolean
}

/**
 * Pairs the series of both sides that agree in the labels to match by. Labels are compared once per series; at each
 * step the "one" side may have a single point per match group, and each result a single pair.
 */
export function matchVectors(
  context: MatchContext,
  operation: Operation,
  left: readonly VectorSeries[],
  right: readonly VectorSeries[],
  grid: Grid,
): readonly VectorSeries[] {
  const matching = operation.matching!
  const { fill } = matching
  const isSwapped = matching.cardinality === 'one-to-many'
  const [many, one] = isSwapped ? [right, left] : [left, right]
  const oneSide = rowsByGroup(columnsOf(one), matching)
  const doubtful = [...oneSide.values()].filter(rows => rows.length > 1)
  const manySide =
    doubtful.length === 0 ? many : refuseDuplicates(doubtful, many, matching, grid, fill !== undefined)
  const pairs =
    fill === undefined
      ? pairsOf(manySide, oneSide, matching)
      : filledPairs(manySide, oneSide, matching, fill, grid)
  const pair = ({ labels, column }: Row, partner: Row, into: Column): Row => {
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
        context.budget.spend(grid.count)
        return unlessEmpty(pair({ labels: series.labels, column }, rows[0]!, column).column)
      },
    }))
  return gather(context, matching, pairs, pair, grid)
}

function rowsByGroup(rows: readonly Row[], { on, labels }: VectorMatching): Map<string, Row[]> {
  const groups = groupBy(rows, of => groupLabels(of, on, labels))
  return new Map([...groups].map(([key, { members }]) => [key, members]))
}

function pairsOf(
  many: readonly VectorSeries[],
  oneSide: ReadonlyMap<string, Row[]>,
  { on, labels }: VectorMatching,
): Pair[] {
  return many.flatMap(series => {
    const key = keyOf(groupLabels(series.labels, on, labels))
    const rows = oneSide.get(key)
    if (rows === undefined) computeAll([series])
    return rows === undefined ? [] : [{ key, series, rows }]
  })
}

/** Where a match group lacks one side at a step, a series of the fill value stands in, with the labels of the group. */
function filledPairs(
  many: readonly VectorSeries[],
  oneSide: ReadonlyMap<string, Row[]>,
  matching: VectorMatching,
  fill: { left?: number; right?: number },
  grid: Grid,
): Pair[] {
  const manySide = rowsByGroup(columnsOf(many), matching)
  const standIn = (rows: readonly Row[], labels: Labels, value: number): Row => {
    const present = new Uint8Array(grid.count).fill(1)
    for (const { column } of rows) for (let i = 0; i < grid.count; i++) present[i]! &= 1 - column.present[i]!
    const group = groupLabels(labels, matching.on, matching.labels)
    return { labels: group, column: { values: new Float64Array(grid.count).fill(value), present } }
  }
  return [...new Set([...manySide.keys(), ...oneSide.keys()])].flatMap(key => {
    const [left, right] = [manySide.get(key) ?? [], oneSide.get(key) ?? []]
    const { labels } = (left[0] ?? right[0])!
    const lefts = fill.left === undefined ? left : [...left, standIn(left, labels, fill.left)]
    const rows = fill.right === undefined ? right : [...right, standIn(right, labels, fill.right)]
    // Two stand-ins would make a point where neither side has one.
    return lefts.flatMap((row, index) => {
      const partners = index < left.length ? rows : right
      return partners.length === 0 ? [] : [{ key, series: computed(row.labels, row.column), rows: partners }]
    })
  })
}

/** All pairs with checks at each step, where labels alone do not tell that results are unique. */
function gather(
  { budget, isOld }: MatchContext,
  { cardinality }: VectorMatching,
  pairs: readonly Pair[],
  pair: (row: Row, partner: Row, into: Column) => Row,
  grid: Grid,
): readonly VectorSeries[] {
  const isOneToOne = cardinality === 'one-to-one'
  const results = new Map<string, Row>()
  const matched = new Map<string, Uint8Array>()
  for (const { key, series, rows } of pairs) {
    const column = series.compute()
    if (column === undefined) continue
    for (const partner of rows) {
      budget.spend(grid.count)
      const counted = column.present.map((one, i) => one & partner.column.present[i]!)
      const result = pair({ labels: series.labels, column }, partner, newColumn(grid.count))
      const resultKey = keyOf(result.labels)
      const matchKey = isOneToOne ? key : `${key}\0${resultKey}`
      const seen = matched.get(matchKey) ?? new Uint8Array(grid.count)
      matched.set(matchKey, seen)
      markOnce(seen, isOld ? result.column.present : counted, isOneToOne)
      const known = results.get(resultKey)
      if (known === undefined) results.set(resultKey, result)
      else mergeInto(known.column, result.column)
    }
  }
  return [...results.values()].flatMap(({ labels, column }) =>
    unlessEmpty(column) === undefined ? [] : [computed(labels, column)],
  )
}

function markOnce(seen: Uint8Array, present: Uint8Array, isOneToOne: boolean): void {
  for (let i = 0; i < present.length; i++) {
    if ((seen[i]! & present[i]!) === 1)
      throw new QueryError(
        'execution',
        isOneToOne
          ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
          : 'multiple matches for labels: grouping labels must ensure unique matches',
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
  isFilled: boolean,
): VectorSeries[] {
  const rows = columnsOf(many)
  const anyOfMany = new Uint8Array(grid.count)
  for (const { column } of rows) for (let i = 0; i < grid.count; i++) anyOfMany[i]! |= column.present[i]!
  for (const group of groups)
    for (let i = 0; i < grid.count; i++) {
      if (anyOfMany[i] === 0 && !isFilled) continue
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
