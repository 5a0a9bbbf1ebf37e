/** Quantiles from counts in buckets that double in width, as Tempo estimates them. */

/** Counts by the upper end of a bucket. */
export type Buckets = Map<number, number>

/** The next power of two; undefined below 2, which has no bucket. */
export function bucketOf(value: number | bigint): number | undefined {
  if (value < 2) return undefined
  let bits = BigInt(typeof value === 'number' ? Math.trunc(value) : value) - 1n
  let width = 0
  for (; bits > 0n; bits >>= 1n) width++
  return 2 ** width
}

export function quantileOf(quantile: number, buckets: Buckets): number {
  const sorted = [...buckets].sort(([one], [other]) => one - other)
  const total = sorted.reduce((sum, [, count]) => sum + count, 0)
  if (!(quantile >= 0 && quantile <= 1) || total === 0) return 0
  const wanted = Math.max(1, Math.ceil(quantile * total))
  let taken = 0
  let place = 0
  for (const [i, [end, count]] of sorted.entries()) {
    place = i
    if (taken + count > wanted) break
    taken += count
    if (taken === wanted) return end
  }
  const [end, count] = sorted[place]!
  const upper = Math.log2(end)
  const lower = place > 0 ? Math.log2(sorted[place - 1]![0]) : upper - 1
  return 2 ** (lower + (upper - lower) * ((wanted - taken) / count))
}
