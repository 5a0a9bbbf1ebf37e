import type { Budget } from '../budget.ts'
import { goFloat } from '../go/floats.ts'
import type { Group } from '../labels.ts'
import { QueryError } from '../query-error.ts'
import {
  type Column,
  columnsOf,
  computeAll,
  computed,
  type Grid,
  unlessEmpty,
  type VectorSeries,
} from './grid.ts'
import { comesBefore, sortAsGo } from './sort.ts'

interface Kind {
  isTop: boolean
  /** Prometheus 2 takes another NaN in place of a NaN, and takes the worst out before the next goes in. */
  isOld: boolean
}

/** The k largest or smallest of each group at each step, under their own labels. */
export function topOrBottom(
  budget: Pick<Budget, 'work'>,
  { operator, isOld }: { operator: 'topk' | 'bottomk'; isOld: boolean },
  sizes: Float64Array,
  groups: readonly Group<VectorSeries>[],
  grid: Grid,
): readonly VectorSeries[] {
  if (sizes.every(size => size < 1)) {
    for (const { members } of groups) computeAll(members)
    return []
  }
  const most = groups.reduce((sum, { members }) => sum + members.length, 0)
  const limits = sizes.map(size => (Math.abs(size) < 2 ** 63 ? Math.min(Math.trunc(size), most) : Number.NaN))
  const kind = { isTop: operator === 'topk', isOld }
  if (grid.count === 1) return groups.flatMap(({ members }) => inOrder(members, kind, sizes, limits))
  return groups.flatMap(({ members }) => {
    let chosen: (Column | undefined)[] | undefined
    return members.map(({ labels }, index) => ({
      labels,
      compute() {
        chosen ??= choose(budget, members, kind, sizes, limits)
        return chosen[index]
      },
    }))
  })
}

/** At one step the results come best first. */
function inOrder(
  members: readonly VectorSeries[],
  kind: Kind,
  sizes: Float64Array,
  limits: Float64Array,
): VectorSeries[] {
  const rows = columnsOf(members)
  const heap = newHeap(
    rows.map(({ column }) => column),
    kind,
  )
  heap.fill(0, sizes, limits)
  const kept = Array.from(heap.items.subarray(0, heap.size()), index => rows[index]!)
  const direction = kind.isTop ? -1 : 1
  return sortAsGo(kept, (a, b) => comesBefore(a.column.values[0]!, b.column.values[0]!, direction)).map(
    ({ labels, column }) => computed(labels, column),
  )
}

function choose(
  budget: Pick<Budget, 'work'>,
  members: readonly VectorSeries[],
  kind: Kind,
  sizes: Float64Array,
  limits: Float64Array,
): (Column | undefined)[] {
  const columns = members.map(({ compute }) => compute())
  const there = columns.filter(column => column !== undefined)
  const kept = there.map(({ present }) => new Uint8Array(present.length))
  const heap = newHeap(there, kind)
  for (let i = 0; i < sizes.length; i++) {
    heap.fill(i, sizes, limits)
    budget.work(there.length)
    for (let k = 0; k < heap.size(); k++) kept[heap.items[k]!]![i] = 1
  }
  there.forEach((column, index) => {
    column.present = kept[index]!
  })
  return columns.map(column => (column === undefined ? undefined : unlessEmpty(column)))
}

/** A heap of column numbers with the worst of the kept on top; the same moves as Go's, so that ties fall as there. */
function newHeap(columns: readonly Column[], { isTop, isOld }: Kind) {
  const valuesOf = columns.map(({ values }) => values)
  const presentOf = columns.map(({ present }) => present)
  const items = new Int32Array(columns.length)
  /** The values, or their opposites for the smallest: the worst is the lowest either way. */
  const keys = new Float64Array(columns.length)
  let size = 0
  const isWorse = (a: number, b: number) => a < b || Number.isNaN(a)
  const swap = (a: number, b: number) => {
    const item = items[a]!
    const key = keys[a]!
    items[a] = items[b]!
    keys[a] = keys[b]!
    items[b] = item
    keys[b] = key
  }
  const up = (from: number) => {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isWorse(keys[at]!, keys[parent]!)) return
      swap(at, parent)
      at = parent
    }
  }
  const down = () => {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) return
      if (child + 1 < size && isWorse(keys[child + 1]!, keys[child]!)) child++
      if (!isWorse(keys[child]!, keys[at]!)) return
      swap(at, child)
      at = child
    }
  }
  const put = (item: number, key: number) => {
    items[size] = item
    keys[size] = key
    up(size++)
  }
  /** Leaves in the heap the columns chosen at a step. */
  const fill = (step: number, sizes: Float64Array, limits: Float64Array) => {
    size = 0
    const limit = limits[step]!
    for (let c = 0; c < valuesOf.length; c++) {
      if (presentOf[c]![step] === 0) continue
      if (!(limit >= 1)) {
        refuseOverflow(sizes[step]!)
        return
      }
      const key = isTop ? valuesOf[c]![step]! : -valuesOf[c]![step]!
      if (size < limit) {
        put(c, key)
      } else if (keys[0]! < key || (Number.isNaN(keys[0]!) && (isOld || !Number.isNaN(key)))) {
        if (isOld) {
          swap(0, --size)
          down()
          put(c, key)
        } else {
          items[0] = c
          keys[0] = key
          if (limit > 1) down()
        }
      }
    }
  }
  return { items, fill, size: () => size }
}

function refuseOverflow(size: number): void {
  if (!(Math.abs(size) < 2 ** 63))
    throw new QueryError('execution', `Scalar value ${goFloat(size)} overflows int64`)
}
