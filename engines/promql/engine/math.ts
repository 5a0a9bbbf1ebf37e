import { dropName, mapSeries, mergeEqual, unlessEmpty, type VectorSeries } from './column.ts'

export const elementwise: ReadonlyMap<string, (value: number) => number> = new Map([
  ['abs', Math.abs],
  ['ceil', Math.ceil],
  ['floor', Math.floor],
  ['exp', Math.exp],
  ['sqrt', Math.sqrt],
  ['ln', Math.log],
  ['log2', Math.log2],
  ['log10', Math.log10],
  ['sin', Math.sin],
  ['cos', Math.cos],
  ['tan', Math.tan],
  ['asin', Math.asin],
  ['acos', Math.acos],
  ['atan', Math.atan],
  ['sinh', Math.sinh],
  ['cosh', Math.cosh],
  ['tanh', Math.tanh],
  ['asinh', Math.asinh],
  ['acosh', Math.acosh],
  ['atanh', Math.atanh],
  ['rad', (value: number) => (value * Math.PI) / 180],
  ['deg', (value: number) => (value * 180) / Math.PI],
  ['sgn', (value: number) => (value < 0 ? -1 : value > 0 ? 1 : value)],
])

/** Within the bounds of the step; steps where the bounds are crossed have no points. */
export function clamp(
  series: readonly VectorSeries[],
  least: Float64Array,
  most: Float64Array,
): readonly VectorSeries[] {
  const clamped = mapSeries(series, dropName, column => {
    const { values, present } = column
    for (let i = 0; i < values.length; i++) {
      if (most[i]! < least[i]!) present[i] = 0
      values[i] = larger(least[i]!, smaller(most[i]!, values[i]!))
    }
    return unlessEmpty(column)
  })
  return mergeEqual(clamped, 'step')
}

/** To the nearest multiple, a half up. */
export function roundTo(series: readonly VectorSeries[], nearest: Float64Array): readonly VectorSeries[] {
  const rounded = mapSeries(series, dropName, column => {
    const { values } = column
    for (let i = 0; i < values.length; i++) {
      const inverse = 1 / nearest[i]!
      values[i] = Math.floor(values[i]! * inverse + 0.5) / inverse
    }
    return column
  })
  return mergeEqual(rounded, 'step')
}

/** As Go's: an infinity wins even over NaN. */
export function larger(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b)
}

export function smaller(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b)
}
