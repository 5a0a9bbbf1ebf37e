import { keyOf, type Labels } from '../labels.ts'
import type { Binary, VectorMatching } from '../language/ast.ts'
import { isComparison } from './arithmetic.ts'
import { changesMetric, combine } from './binary.ts'
import {
  type Column,
  computeAll,
  computed,
  dropName,
  type Grid,
  mergeInto,
  newColumn,
  unlessEmpty,
  type VectorSeries,
} from './column.ts'
import { braced } from './format.ts'
import { groupLabels, keepLabels, setLabels, withoutLabels } from './label-sets.ts'
import { QueryError } from './result.ts'
import type { Run } from './run.ts'

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
  run: Run,
  expr: Binary,
  left: readonly VectorSeries[],
  right: readonly VectorSeries[],
  grid: Grid,
): readonly VectorSeries[] {
  const matching = expr.matching!
  const isSwapped = matching.cardinality === 'one-to-many'
  const [many, one] = isSwapped ? [right, left] : [left, right]
  const signature = (labels: Labels) => keyOf(groupLabels(labels, matching.on, matching.labels))
  const oneSide = new Map<string, Row[]>()
  for (const { labels, compute } of one) {
    const column = compute()
    if (column === undefined) continue
    const key = signature(labels)
    const rows = oneSide.get(key)
    if (rows === undefined) oneSide.set(key, [{ labels, column }])
    else rows.push({ labels, column })
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
    combine(expr, l.values, r.values, into, l.values)
    return { labels: resultLabels(expr, labels, partner.labels), column: into }
  }
  const isSimple =
    new Set(pairs.map(({ key }) => key)).size === pairs.length || matching.cardinality !== 'one-to-one'
  const names = new Set<string>()
  const isUnique =
    isSimple &&
    pairs.every(({ series, rows }) => {
      const size = names.size
      names.add(keyOf(resultLabels(expr, series.labels, rows[0]!.labels)))
      return rows.length === 1 && names.size > size
    })
  if (isUnique)
    return pairs.map(({ series, rows }) => ({
      labels: resultLabels(expr, series.labels, rows[0]!.labels),
      compute() {
        const column = series.compute()
        if (column === undefined) return undefined
        run.budget.spend(grid.count)
        return unlessEmpty(pair({ labels: series.labels, column }, rows[0]!, true).column)
      },
    }))
  return gather(run, matching, pairs, pair, grid)
}

/** All pairs with checks at each step, where labels alone do not tell that results are unique. */
function gather(
  run: Run,
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
      run.budget.spend(grid.count)
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
  const rows = many.flatMap(({ labels, compute }) => {
    const column = compute()
    return column === undefined ? [] : [{ labels, column }]
  })
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
        `found duplicate series for the match group ${braced(labels)} on the ${side} hand-side of the operation: [${braced(second.labels)}, ${braced(first.labels)}];many-to-many matching not allowed: matching labels must be unique on one side`,
      )
    }
  return rows.map(({ labels, column }) => computed(labels, column))
}

function resultLabels(expr: Binary, many: Labels, one: Labels): Labels {
  const { on, labels, cardinality, include } = expr.matching!
  let result = isComparison(expr.operator) ? many : dropName(many)
  if (cardinality === 'one-to-one') result = on ? keepLabels(result, labels) : withoutLabels(result, labels)
  result = setLabels(
    result,
    include.map(name => [name, one.get(name) ?? '']),
  )
  return changesMetric(expr) && isComparison(expr.operator) ? dropName(result) : result
}
