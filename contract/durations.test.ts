import { expect, test } from 'vitest'
import { roundedDuration, seconds } from './durations.ts'

test.each([
  ['250ms', 0.25],
  ['90s', 90],
  ['5m', 300],
  ['1h30m', 5400],
  ['1.5m', 90],
  ['2d', 172_800],
])('reads %s', (text, total) => expect(seconds(text)).toBe(total))

test('refuses nothing', () =>
  expect(() => seconds('')).toThrow(/^Cannot parse duration "": expected .*, got nothing$/))

test.each(['5', '5x', 'm', '5m 3s', '-5m', '5mm', 'x5m'])('refuses "%s"', text =>
  expect(() => seconds(text)).toThrow(`Cannot parse duration "${text}": expected`),
)

test.each([
  [0.25, '250ms'],
  [59.6, '1m'],
  [0, '0s'],
  [3725, '1h2m5s'],
  [86_400, '24h'],
])('rounds %d seconds', (total, text) => expect(roundedDuration(total)).toBe(text))
