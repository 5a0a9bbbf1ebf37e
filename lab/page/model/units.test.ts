import { describe, expect, test } from 'vitest'
import { formatValue } from './units.ts'

test.each([
  [0.1234, 's', undefined, '123 ms'],
  [90, 's', undefined, '1.50 min'],
  [7200, 's', undefined, '2 hours'],
  [0, 's', undefined, '0 s'],
  [0.9985, 'percentunit', undefined, '99.9%'],
  [0.9985, 'percentunit', 2, '99.85%'],
  [12.5, 'percent', undefined, '12.5%'],
  [1234, 'short', undefined, '1.23 K'],
  [3, 'short', undefined, '3'],
  [1536, 'bytes', undefined, '1.50 KiB'],
  [1_500_000, 'decbytes', undefined, '1.50 MB'],
  [12.34, 'reqps', undefined, '12.3 req/s'],
  [1234, 'reqps', undefined, '1.23K req/s'],
  [0.2, 'cps', undefined, '0.200 c/s'],
  [1500, 'ms', undefined, '1.50 s'],
  [3725, 'dthms', undefined, '01:02:05'],
  [2_592_000, 'dtdurations', undefined, '4 weeks'],
  [172_800, 'dtdurations', undefined, '2 days'],
  [5400, 'dtdurations', 1, '1 hour, 30 minutes'],
  [42, 'none', undefined, '42'],
  [1, 'unheard', undefined, '1 unheard'],
  [-0.0001, 'percentunit', 0, '0%'],
])('%d as %s is %s', (value, unit, decimals, text) => {
  expect(formatValue(value, unit, decimals)).toBe(text)
})

describe('what is no number', () => {
  test('is named, not shown as zero', () => {
    expect(formatValue(Number.NaN, 's')).toBe('NaN')
    expect(formatValue(Infinity, 'percentunit')).toBe('+Inf')
    expect(formatValue(-Infinity)).toBe('-Inf')
  })
})

test('axes leave out zeros at the end', () => {
  expect(formatValue(0.5, 'none', undefined, true)).toBe('0.5')
  expect(formatValue(0.25, 's', undefined, true)).toBe('250 ms')
  expect(formatValue(1500, 'short', undefined, true)).toBe('1.5 K')
})
