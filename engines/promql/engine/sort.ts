import { computed, type Grid, type VectorSeries } from './column.ts'

/** By value, NaN last; only an instant vector has an order, the series of a range are sorted by labels in the end. */
export function sortByValue(
  series: readonly VectorSeries[],
  direction: 1 | -1,
  grid: Grid,
): readonly VectorSeries[] {
  if (grid.count > 1) return series
  const rows = series.flatMap(({ labels, compute }) => {
    const column = compute()
    return column === undefined ? [] : [{ labels, column, value: column.values[0]! }]
  })
  return sortAsGo(rows, (a, b) => comesBefore(a.value, b.value, direction)).map(({ labels, column }) =>
    computed(labels, column),
  )
}

/** Whether a comes before b in ascending (1) or descending (-1) order; every number comes before a NaN. */
export function comesBefore(a: number, b: number, direction: 1 | -1): boolean {
  return Number.isNaN(b) || (direction === 1 ? a < b : a > b)
}

/** Go sorts a dozen items or less by insertion, which shows where `isBefore` is true both ways, as for two NaN. */
export function sortAsGo<T>(items: T[], isBefore: (a: T, b: T) => boolean): T[] {
  if (items.length > 12)
    return items.sort((a, b) => (isBefore(a, b) ? (isBefore(b, a) ? 0 : -1) : isBefore(b, a) ? 1 : 0))
  for (let i = 1; i < items.length; i++)
    for (let k = i; k > 0 && isBefore(items[k]!, items[k - 1]!); k--)
      [items[k], items[k - 1]] = [items[k - 1]!, items[k]!]
  return items
}
