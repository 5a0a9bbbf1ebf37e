/** One number of a series, as stat panels and legends show it. */
import type { Value } from './frames.ts'

export const calcTitles: Readonly<Record<string, string>> = {
  lastNotNull: 'Last *',
  last: 'Last',
  firstNotNull: 'First *',
  first: 'First',
  min: 'Min',
  max: 'Max',
  mean: 'Mean',
  sum: 'Total',
  count: 'Count',
  range: 'Range',
}

export function reduce(values: readonly Value[], calc = 'lastNotNull'): Value {
  if (calc === 'last') return values.at(-1) ?? null
  if (calc === 'first') return values[0] ?? null
  const there = values.filter(value => value !== null && !Number.isNaN(value))
  if (calc === 'lastNotNull') return there.at(-1) ?? null
  if (calc === 'firstNotNull') return there[0] ?? null
  const numbers = there.filter(value => typeof value === 'number')
  if (calc === 'count') return numbers.length
  if (numbers.length === 0) return null
  switch (calc) {
    case 'min':
      return numbers.reduce((a, b) => Math.min(a, b))
    case 'max':
      return numbers.reduce((a, b) => Math.max(a, b))
    case 'sum':
      return numbers.reduce((a, b) => a + b)
    case 'mean':
      return numbers.reduce((a, b) => a + b) / numbers.length
    case 'range':
      return numbers.reduce((a, b) => Math.max(a, b)) - numbers.reduce((a, b) => Math.min(a, b))
    default:
      throw new Error(`Cannot reduce a series by "${calc}": expected ${Object.keys(calcTitles).join(', ')}`)
  }
}
