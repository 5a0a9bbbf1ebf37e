/** Durations as Go writes and reads them. */

import { quote } from './strings.ts'

const units: { [unit: string]: number | undefined } = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

/** time.ParseDuration: nanoseconds of `1h30m` or `-1.5s`, or what Go has against it. */
export function parseGoDuration(text: string): { nanoseconds: number } | { problem: string } {
  const invalid = { problem: `time: invalid duration ${quote(text)}` }
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  if (rest === '0') return { nanoseconds: 0 }
  if (rest === '') return invalid
  let total = 0
  const part = /(\d*)(?:\.(\d*))?([^.\d]*)/y
  for (let at = 0; at < rest.length; at = part.lastIndex) {
    part.lastIndex = at
    const found = part.exec(rest)
    const [, whole = '', fraction, unit = ''] = found ?? []
    if (whole === '' && (fraction ?? '') === '') return invalid
    if (unit === '') return { problem: `time: missing unit in duration ${quote(text)}` }
    const length = units[unit]
    if (length === undefined)
      return { problem: `time: unknown unit ${quote(unit)} in duration ${quote(text)}` }
    if (whole !== '') total += Number(whole) * length
    if (fraction) total += Math.trunc(Number(`0.${fraction}`) * length)
    if (total >= 2 ** 63) return invalid
  }
  return { nanoseconds: sign === '-' ? -total : total }
}

/** Duration.String: `1h30m0s`, `1.5s`, `250ms`. */
export function printGoDuration(nanoseconds: number): string {
  const rest = Math.abs(nanoseconds)
  const sign = nanoseconds < 0 ? '-' : ''
  if (rest === 0) return '0s'
  if (rest < 1e3) return `${sign}${rest}ns`
  if (rest < 1e6) return `${sign}${fraction(rest, 1e3)}µs`
  if (rest < 1e9) return `${sign}${fraction(rest, 1e6)}ms`
  const hours = Math.floor(rest / 3600e9)
  const minutes = Math.floor(rest / 60e9) % 60
  const seconds = fraction(rest % 60e9, 1e9)
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`
}

function fraction(nanoseconds: number, unit: number): string {
  const digits = String(nanoseconds % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '')
  return `${Math.floor(nanoseconds / unit)}${digits === '' ? '' : `.${digits}`}`
}
