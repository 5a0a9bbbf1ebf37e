import { type Column, columnsOf, computed, type Grid, type VectorSeries } from './grid.ts'

/** By value, NaN last; only an instant vector has an order, the series of a range are sorted by labels in the end. */
export function sortByValue(
  series: readonly VectorSeries[],
  direction: 1 | -1,
  grid: Grid,
): readonly VectorSeries[] {
  if (grid.count > 1) return series
  const before = (a: Column, b: Column) => comesBefore(a.values[0]!, b.values[0]!, direction)
  return sortAsGo(columnsOf(series), (a, b) => before(a.column, b.column)).map(({ labels, column }) =>
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
