/** Parameters of Tempo's HTTP API, read as it reads them. */

import { parseNanoseconds } from '../language/tokens.ts'

/** The request is at fault: answered with 400. */
export class BadRequest extends Error {}

/**
 * Nanoseconds since the epoch. Up to ten digits are seconds (`1700000000`, `1700000000.5`), more are nanoseconds; a date
 * such as `2023-11-14T22:13:20Z` will do as well. Undefined where it is missing or 0.
 */
export function timeParameter(parameters: URLSearchParams, name: string): bigint | undefined {
  const text = parameters.get(name) ?? ''
  if (text === '' || text === '0') return undefined
  if (/^\d{1,19}$/.test(text)) return text.length <= 10 ? BigInt(text) * 1_000_000_000n : BigInt(text)
  if (/^\d{1,10}\.\d+$/.test(text)) return BigInt(Math.round(Number(text) * 1000)) * 1_000_000n
  const milliseconds = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds)) throw invalid(name, 'seconds since the epoch or a time', text)
  return BigInt(milliseconds) * 1_000_000n
}

/** Nanoseconds, from a duration such as `15s` or from seconds such as `15`; undefined where it is missing. */
export function durationParameter(parameters: URLSearchParams, name: string): bigint | undefined {
  const text = parameters.get(name) ?? ''
  if (text === '') return undefined
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return BigInt(Math.round(Number(text) * 1000)) * 1_000_000n
  const nanoseconds = parseNanoseconds(text)
  if (nanoseconds === undefined) throw invalid(name, 'a duration such as 15s', text)
  return BigInt(nanoseconds)
}

export function countParameter(
  parameters: URLSearchParams,
  name: string,
  otherwise: number,
  most: number,
): number {
  const text = parameters.get(name) ?? ''
  if (text === '') return otherwise
  if (!/^\d{1,9}$/.test(text)) throw invalid(name, 'a whole number', text)
  if (Number(text) <= most) return Number(text)
  throw invalid(name, `at most ${most}`, text)
}

/** In 32 lower-case digits; shorter ids are filled up with zeros in front, as Tempo does. */
export function traceIdOf(text: string): string {
  if (/^[\da-f]{1,32}$/i.test(text)) return text.toLowerCase().padStart(32, '0')
  throw new BadRequest(
    `invalid trace id: expected up to 32 hexadecimal digits, got ${JSON.stringify(text.slice(0, 60))}`,
  )
}

function invalid(name: string, expected: string, got: string): BadRequest {
  return new BadRequest(`invalid ${name}: expected ${expected}, got ${JSON.stringify(got.slice(0, 60))}`)
}
