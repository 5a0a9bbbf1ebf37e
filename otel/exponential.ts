/**
 * A histogram whose buckets grow by the factor 2 ** (2 ** -scale): bucket i holds what lies above base ** i and not
 * above base ** (i + 1). It begins as fine as can be, and halves its scale whenever its values no longer fit.
 */

interface Side {
  /** The index of the first of `counts`. */
  offset: number
  counts: number[]
}

export interface Exponential {
  scale: number
  zeros: number
  positive: Side
  negative: Side
}

/** The specification's own bounds. */
const maxBuckets = 160
const maxScale = 20

export function createExponential(): Exponential {
  const empty = (): Side => ({ offset: 0, counts: [] })
  return { scale: maxScale, zeros: 0, positive: empty(), negative: empty() }
}

export function recordExponential(histogram: Exponential, value: number): void {
  if (value === 0) {
    histogram.zeros++
    return
  }
  const side = value > 0 ? histogram.positive : histogram.negative
  let index = indexOf(Math.abs(value), histogram.scale)
  const coarser = excess(side, index)
  if (coarser > 0) {
    histogram.scale -= coarser
    coarsen(histogram.positive, coarser)
    coarsen(histogram.negative, coarser)
    index >>= coarser
  }
  if (side.counts.length === 0) side.offset = index
  while (index < side.offset) {
    side.counts.unshift(0)
    side.offset--
  }
  while (index >= side.offset + side.counts.length) side.counts.push(0)
  side.counts[index - side.offset]!++
}

/** How often the scale has to be halved for the index to fit. */
function excess({ offset, counts }: Side, index: number): number {
  let low = counts.length === 0 ? index : Math.min(offset, index)
  let high = counts.length === 0 ? index : Math.max(offset + counts.length - 1, index)
  let times = 0
  for (; high - low >= maxBuckets; times++) {
    low >>= 1
    high >>= 1
  }
  return times
}

function coarsen(side: Side, times: number): void {
  const offset = side.offset >> times
  const counts: number[] = []
  for (const [place, count] of side.counts.entries()) {
    const index = ((side.offset + place) >> times) - offset
    counts[index] = (counts[index] ?? 0) + count
  }
  side.offset = offset
  side.counts = counts
}

const float = new Float64Array(1)
const bits = new BigUint64Array(float.buffer)
const fraction = (1n << 52n) - 1n

/** By the bits of the number where it is a power of 2, because a logarithm may miss it by a hair. */
function indexOf(value: number, scale: number): number {
  float[0] = value
  const isPower = (bits[0]! & fraction) === 0n
  const exponent = Math.floor(Math.log2(value))
  if (scale > 0)
    return isPower
      ? Math.round(Math.log2(value)) * 2 ** scale - 1
      : Math.ceil(Math.log2(value) * 2 ** scale) - 1
  return (isPower ? Math.round(Math.log2(value)) - 1 : exponent) >> -scale
}
