/** Sums of windows that overlap, without adding up every window anew. */

interface RunningSums {
  /**
   * The sum of the samples first <= k < last in two parts, the second what the first lost to rounding; false where
   * these would not be good to twelve digits, so that the samples must be added one by one.
   */
  between(first: number, last: number): boolean
  /** What `between` found. */
  readonly found: { sum: number; rest: number }
}

/** Sums up to each sample in double-double arithmetic, about 106 bits; undefined where an addition may overflow. */
export function runningSums(values: Float64Array, length: number): RunningSums | undefined {
  const high = new Float64Array(length + 1)
  const low = new Float64Array(length + 1)
  const nonZero = new Int32Array(length + 1)
  let magnitude = 0
  for (let k = 0; k < length; k++) {
    const value = values[k]!
    magnitude += Math.abs(value)
    const h = high[k]!
    const sum = h + value
    const part = sum - h
    const rest = low[k]! + (h - (sum - part) + (value - part))
    const next = sum + rest
    high[k + 1] = next
    low[k + 1] = rest - (next - sum)
    nonZero[k + 1] = nonZero[k]! + (value === 0 ? 0 : 1)
  }
  if (!(magnitude < largest)) return undefined
  const error = magnitude * length * roundingError
  const found = { sum: 0, rest: 0 }
  return {
    found,
    between(first, last) {
      found.sum = 0
      found.rest = 0
      if (nonZero[first] === nonZero[last]) return true
      const a = high[first]!
      const b = high[last]!
      const sum = b - a
      const part = sum - b
      found.sum = sum
      found.rest = b - (sum - part) - (a + part) + (low[last]! - low[first]!)
      return error <= Math.abs(sum + found.rest) * tolerance
    },
  }
}

const largest = 1e300
const roundingError = 2 ** -104
const tolerance = 1e-12
