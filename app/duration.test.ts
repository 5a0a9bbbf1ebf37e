import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

test.each([
  ['250ms', 0.25],
  ['90s', 90],
  ['5m', 300],
  ['1h30m', 5400],
  ['1.5m', 90],
  ['2d', 172_800],
])('reads %s', (text, seconds) => expect(parseDuration(text)).toBe(seconds))

test('refuses nothing', () =>
  expect(() => parseDuration('')).toThrow(/^Cannot parse a duration: expected .*, got nothing$/))

test.each(['5', '5x', 'm', '5m 3s', '-5m', '5mm', 'x5m'])('refuses "%s"', text =>
  expect(() => parseDuration(text)).toThrow(`Cannot parse duration "${text}": expected`),
)

test.each([
  [0.25, '250ms'],
  [59.6, '1m'],
  [0, '0s'],
  [3725, '1h2m5s'],
  [86_400, '24h'],
])('writes %d seconds', (seconds, text) => expect(formatDuration(seconds)).toBe(text))
