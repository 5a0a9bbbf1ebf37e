import type { Fold } from './folds.ts'
import { columnsOf, type Grid, newColumn, unlessEmpty, type VectorSeries } from './grid.ts'

/** Across series: the quantile given for each step. */
export function quantileFold(quantiles: Float64Array): Fold {
  return (members: readonly VectorSeries[], grid: Grid) => {
    const columns = columnsOf(members)
    const result = newColumn(grid.count)
    const values = new Float64Array(columns.length)
    for (let i = 0; i < grid.count; i++) {
      let count = 0
      for (const { column } of columns) if (column.present[i] === 1) values[count++] = column.values[i]!
      if (count === 0) continue
      result.values[i] = sampleQuantile(quantiles[i]!, values.subarray(0, count))
      result.present[i] = 1
    }
    return unlessEmpty(result)
  }
}

/** The quantile of a sample, between two values in proportion; sorts the values in place. */
export function sampleQuantile(quantile: number, values: Float64Array): number {
  const numbers = sortNaNLast(values)
  return quantileOfSorted(quantile, values, numbers, values.length - numbers)
}

/** Values that stay sorted while some enter and others leave. */
interface SortedWindow {
  insert(value: number): void
  /** Of a value that was inserted. */
  remove(value: number): void
  clear(): void
  quantile(quantile: number): number
}

/** Up to here a loop moves values faster than the built-in does. */
const few = 64

export function newSortedWindow(): SortedWindow {
  let sorted = new Float64Array(64)
  let numbers = 0
  let notNumbers = 0
  /** The first place whose value is not below this one. */
  const placeOf = (value: number) => {
    let low = 0
    for (let high = numbers; low < high; ) {
      const middle = (low + high) >>> 1
      if (sorted[middle]! < value) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    insert(value) {
      if (Number.isNaN(value)) {
        notNumbers++
        return
      }
      if (numbers === sorted.length) {
        const larger = new Float64Array(numbers * 2)
        larger.set(sorted)
        sorted = larger
      }
      const place = placeOf(value)
      if (numbers - place > few) sorted.copyWithin(place + 1, place, numbers)
      else for (let k = numbers; k > place; k--) sorted[k] = sorted[k - 1]!
      sorted[place] = value
      numbers++
    },
    remove(value) {
      if (Number.isNaN(value)) notNumbers--
      else {
        const place = placeOf(value)
        numbers--
        if (numbers - place > few) sorted.copyWithin(place, place + 1, numbers + 1)
        else for (let k = place; k < numbers; k++) sorted[k] = sorted[k + 1]!
      }
    },
    clear() {
      numbers = notNumbers = 0
    },
    quantile: quantile => quantileOfSorted(quantile, sorted, numbers, notNumbers),
  }
}

/** NaN counts as less than every number. */
function quantileOfSorted(
  quantile: number,
  numbers: Float64Array,
  countOfNumbers: number,
  notNumbers: number,
): number {
  const count = countOfNumbers + notNumbers
  if (count === 0 || Number.isNaN(quantile)) return Number.NaN
  if (quantile < 0) return -Infinity
  if (quantile > 1) return Infinity
  const rank = quantile * (count - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(count - 1, lower + 1)
  if (lower < notNumbers) return Number.NaN
  const weight = rank - Math.floor(rank)
  return numbers[lower - notNumbers]! * (1 - weight) + numbers[upper - notNumbers]! * weight
}

/** Returns how many are numbers. */
function sortNaNLast(values: Float64Array): number {
  if (values.length > 32) values.sort()
  else
    for (let i = 1; i < values.length; i++) {
      const value = values[i]!
      let k = i
      for (; k > 0 && (values[k - 1]! > value || Number.isNaN(values[k - 1]!)); k--)
        values[k] = values[k - 1]!
      values[k] = value
    }
  let numbers = values.length
  while (numbers > 0 && Number.isNaN(values[numbers - 1]!)) numbers--
  return numbers
}
