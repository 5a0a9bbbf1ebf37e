/** The quantile of a sample, between two values in proportion; sorts the values in place. */
export function sampleQuantile(quantile: number, values: Float64Array): number {
  const count = values.length
  if (count === 0 || Number.isNaN(quantile)) return Number.NaN
  if (quantile < 0) return -Infinity
  if (quantile > 1) return Infinity
  sortNaNFirst(values)
  const rank = quantile * (count - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(count - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return values[lower]! * (1 - weight) + values[upper]! * weight
}

function sortNaNFirst(values: Float64Array): void {
  values.sort()
  let numbers = values.length
  while (numbers > 0 && Number.isNaN(values[numbers - 1]!)) numbers--
  const notNumbers = values.length - numbers
  if (notNumbers === 0 || numbers === 0) return
  values.copyWithin(notNumbers, 0, numbers)
  values.fill(Number.NaN, 0, notNumbers)
}
