import { type Column, computed, type Grid, unlessEmpty, type VectorSeries } from './column.ts'
import { goFloat } from './format.ts'
import type { Group } from './label-sets.ts'
import { QueryError } from './result.ts'
import type { Run } from './run.ts'
import { comesBefore, sortAsGo } from './sort.ts'

/** The k largest or smallest of each group at each step, under their own labels. */
export function topOrBottom(
  run: Run,
  operator: 'topk' | 'bottomk',
  sizes: Float64Array,
  most: number,
  groups: readonly Group<VectorSeries>[],
  grid: Grid,
): readonly VectorSeries[] {
  if (!sizes.some(size => !(size < 1))) return []
  const limits = sizes.map(size => Math.min(Math.trunc(size), most))
  const isTop = operator === 'topk'
  if (grid.count === 1) return groups.flatMap(({ members }) => inOrder(members, isTop, sizes, limits))
  return groups.flatMap(({ members }) => {
    let chosen: (Column | undefined)[] | undefined
    return members.map(({ labels }, index) => ({
      labels,
      compute() {
        chosen ??= choose(run, members, isTop, sizes, limits)
        return chosen[index]
      },
    }))
  })
}

/** At one step the results come best first. */
function inOrder(
  members: readonly VectorSeries[],
  isTop: boolean,
  sizes: Float64Array,
  limits: Float64Array,
): VectorSeries[] {
  const rows = members.flatMap(({ labels, compute }) => {
    const column = compute()
    return column === undefined ? [] : [{ labels, column }]
  })
  const heap = newHeap(rows.map(({ column }) => column), isTop) // biome-ignore format: short
  heap.fill(0, sizes, limits)
  const kept = Array.from(heap.items.subarray(0, heap.size()), index => rows[index]!)
  const direction = isTop ? -1 : 1
  return sortAsGo(kept, (a, b) => comesBefore(a.column.values[0]!, b.column.values[0]!, direction)).map(
    ({ labels, column }) => computed(labels, column),
  )
}

function choose(
  run: Run,
  members: readonly VectorSeries[],
  isTop: boolean,
  sizes: Float64Array,
  limits: Float64Array,
): (Column | undefined)[] {
  const columns = members.map(({ compute }) => compute())
  const there = columns.filter(column => column !== undefined)
  const kept = there.map(({ present }) => new Uint8Array(present.length))
  const heap = newHeap(there, isTop)
  for (let i = 0; i < sizes.length; i++) {
    heap.fill(i, sizes, limits)
    run.budget.work(there.length)
    for (let k = 0; k < heap.size(); k++) kept[heap.items[k]!]![i] = 1
  }
  there.forEach((column, index) => {
    column.present = kept[index]!
  })
  return columns.map(column => (column === undefined ? undefined : unlessEmpty(column)))
}

/** A heap of column numbers with the worst of the kept on top; the same moves as Go's, so that ties fall as there. */
function newHeap(columns: readonly Column[], isTop: boolean) {
  const items = new Int32Array(columns.length)
  const values = new Float64Array(columns.length)
  let size = 0
  const isWorse = (a: number, b: number) => Number.isNaN(a) || (isTop ? a < b : a > b)
  const swap = (a: number, b: number) => {
    const [item, value] = [items[a]!, values[a]!]
    items[a] = items[b]!
    values[a] = values[b]!
    items[b] = item
    values[b] = value
  }
  const up = (from: number) => {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isWorse(values[at]!, values[parent]!)) return
      swap(at, parent)
      at = parent
    }
  }
  const down = () => {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) return
      if (child + 1 < size && isWorse(values[child + 1]!, values[child]!)) child++
      if (!isWorse(values[child]!, values[at]!)) return
      swap(at, child)
      at = child
    }
  }
  /** Leaves in the heap the columns chosen at a step. */
  const fill = (step: number, sizes: Float64Array, limits: Float64Array) => {
    size = 0
    const limit = limits[step]!
    for (let c = 0; c < columns.length; c++) {
      const { values: ofColumn, present } = columns[c]!
      if (present[step] === 0) continue
      if (!(Math.abs(sizes[step]!) < 2 ** 63))
        throw new QueryError('execution', `Scalar value ${goFloat(sizes[step]!)} overflows int64`)
      if (limit < 1) return
      const value = ofColumn[step]!
      if (size < limit) {
        items[size] = c
        values[size] = value
        up(size++)
      } else if (isWorse(values[0]!, value) && !(Number.isNaN(values[0]!) && Number.isNaN(value))) {
        items[0] = c
        values[0] = value
        if (limit > 1) down()
      }
    }
  }
  return { items, fill, size: () => size }
}
