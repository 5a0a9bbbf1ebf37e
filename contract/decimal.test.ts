import { expect, test } from 'vitest'
import { decimal, isAtLeast, minus, over, times, toText } from './decimal.ts'
import { duration, seconds } from './durations.ts'

test.each([
  [99.9, '0.1'],
  [99.99, '0.01'],
  [99.5, '0.5'],
  [95, '5'],
])('100 - %s is exactly %s', (objective, budget) => {
  expect(toText(minus(decimal(100), decimal(objective)))).toBe(budget)
})

test('multiplies without the noise of floats', () => {
  expect(14.4 * 0.001).not.toBe(0.0144)
  expect(toText(times(decimal(14.4), decimal('0.001')))).toBe('0.0144')
})

test('divides when the quotient ends', () => {
  expect(toText(over(decimal(51_840), decimal(3_600))!)).toBe('14.4')
  expect(over(decimal(1), decimal(3))).toBeUndefined()
  expect(over(decimal(1), decimal(0))).toBeUndefined()
})

test('compares without rounding', () => {
  expect(isAtLeast(decimal('1.000000000000000000'), decimal(1))).toBe(true)
  expect(isAtLeast(decimal('0.999999999999999999'), decimal(1))).toBe(false)
  expect(isAtLeast(decimal(-2), decimal(1))).toBe(false)
})

test.each([1e-7, 1e21, 0.000001, 123.456, 0, -2.5])('reads %s as it is written', value => {
  expect(Number(toText(decimal(value)))).toBe(value)
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, 'five', ''])('refuses %s', value => {
  expect(() => decimal(value)).toThrow(`Cannot read "${value}" as a decimal: expected a finite number`)
})

test.each([
  [2_592_000, '30d'],
  [5_760, '1h36m'],
  [17_280, '4h48m'],
  [20, '20s'],
])('writes %s seconds as %s and reads it back', (amount, text) => {
  expect(duration(amount)).toBe(text)
  expect(seconds(text)).toBe(amount)
})

test.each(['5x', '', '5', 'm5', '5m-1s'])('refuses the duration "%s"', text => {
  expect(() => seconds(text)).toThrow(`Cannot parse duration "${text}"`)
})
