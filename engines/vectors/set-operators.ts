import { groupLabels, keyOf, type Labels } from '../labels.ts'
import {
  type Column,
  columnsOf,
  computed,
  type Grid,
  mergeEqual,
  unlessEmpty,
  type VectorSeries,
} from './grid.ts'
import type { SetOperator, VectorMatching } from './operators.ts'

/** At each step, series of one side that do or do not have a partner on the other. */
export function setOperation(
  operator: SetOperator,
  matching: VectorMatching,
  left: readonly VectorSeries[],
  right: readonly VectorSeries[],
  grid: Grid,
): readonly VectorSeries[] {
  const signature = (labels: Labels) => keyOf(groupLabels(labels, matching.on, matching.labels))
  if (operator === 'or') {
    const kept = columnsOf(left)
    const taken = presence(kept, signature, grid)
    const rest = right.map(one => masked(one, taken.get(signature(one.labels)), false))
    return mergeEqual([...kept.map(({ labels, column }) => computed(labels, column)), ...rest], 'step')
  }
  const found = presence(columnsOf(right), signature, grid)
  return left.map(one => masked(one, found.get(signature(one.labels)), operator === 'and'))
}

/** Where any series of a signature has a point. */
function presence(
  rows: readonly { labels: Labels; column: Column }[],
  signature: (labels: Labels) => string,
  grid: Grid,
): Map<string, Uint8Array> {
  const masks = new Map<string, Uint8Array>()
  for (const { labels, column } of rows) {
    const key = signature(labels)
    const mask = masks.get(key) ?? new Uint8Array(grid.count)
    masks.set(key, mask)
    for (let i = 0; i < grid.count; i++) mask[i]! |= column.present[i]!
  }
  return masks
}

/** The series where the mask is 1, or where it is 0. */
function masked(series: VectorSeries, mask: Uint8Array | undefined, where: boolean): VectorSeries {
  return {
    labels: series.labels,
    compute() {
      const column = series.compute()
      if (mask === undefined) return where ? undefined : column
      if (column === undefined) return undefined
      const hidden = where ? 0 : 1
      for (let i = 0; i < mask.length; i++) if (mask[i] === hidden) column.present[i] = 0
      return unlessEmpty(column)
    },
  }
}
