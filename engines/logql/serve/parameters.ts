/** Parameters of Loki's HTTP API, read as it reads them. */

import { parseDuration } from '../../durations.ts'
import { parseGoDuration } from '../../go/durations.ts'
import { parseGoFloat } from '../../go/floats.ts'
import { type Instant, parseInstant } from '../text/instant.ts'

/** The request is at fault: answered with 400. */
export class BadRequest extends Error {}

export function timeParameter(parameters: URLSearchParams, name: string, otherwise: Instant): Instant {
  const text = parameters.get(name) ?? ''
  if (text === '') return otherwise
  const time = parseInstant(text)
  if (time !== undefined) return time
  throw invalid(name, 'seconds or nanoseconds since the epoch, or 2026-01-31T12:00:00Z', text)
}

/** Milliseconds, from seconds or a duration; undefined where it is missing. */
export function durationParameter(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name) ?? ''
  if (text === '') return undefined
  const seconds = parseGoFloat(text)
  const read = parseGoDuration(text)
  const duration =
    seconds === undefined
      ? (parseDuration(text) ?? ('nanoseconds' in read ? read.nanoseconds / 1e6 : undefined))
      : seconds * 1000
  if (duration !== undefined && duration >= 0 && duration < 1e15) return duration
  throw invalid(name, 'seconds or a duration such as 30s', text)
}

interface LimitOptions {
  name?: string
  /** What counts where none is given. */
  otherwise?: number
}

export function limitParameter(
  parameters: URLSearchParams,
  most: number,
  { name = 'limit', otherwise = 100 }: LimitOptions = {},
): number {
  const text = parameters.get(name) ?? ''
  if (text === '') return Math.min(otherwise, most)
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw invalid(name, 'a whole number above 0', text)
  if (Number(text) > most)
    throw new BadRequest(
      `max entries limit per query exceeded, limit > max_entries_limit_per_query (${text} > ${most})`,
    )
  return Number(text)
}

export function directionParameter(parameters: URLSearchParams): 'forward' | 'backward' {
  const text = parameters.get('direction') ?? ''
  const direction = text.toLowerCase()
  if (direction === '' || direction === 'backward') return 'backward'
  if (direction === 'forward') return 'forward'
  throw invalid('direction', 'forward or backward', text)
}

export function invalid(name: string, expected: string, got: string): BadRequest {
  return new BadRequest(`invalid ${name}: expected ${expected}, got ${JSON.stringify(got.slice(0, 60))}`)
}
