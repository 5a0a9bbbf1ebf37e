/** Parameters of Prometheus' HTTP API, read as it reads them. */

import { parseDuration } from '../../durations.ts'
import { parseGoFloat } from '../../go/floats.ts'
import type { LabelMatcher } from '../../matchers.ts'
import { QueryError } from '../../query-error.ts'
import { parse } from '../engine/parse.ts'

export type Parameters = URLSearchParams

/** The request is at fault: answered with bad_data. */
export class BadData extends Error {}

/** Milliseconds, from seconds since the epoch or RFC 3339; `otherwise` when it is missing. */
export function timeParameter(parameters: Parameters, name: string, otherwise?: number): number {
  const text = parameters.get(name) ?? ''
  if (text === '' && otherwise !== undefined) return otherwise
  const time = parseTime(text)
  if (time === undefined) throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`)
  return time
}

/** Milliseconds, from seconds or a duration such as 1h30m. */
export function durationParameter(parameters: Parameters, name: string): number {
  const text = parameters.get(name) ?? ''
  const seconds = parseGoFloat(text)
  if (seconds !== undefined && Number.isNaN(seconds)) throw invalid(name, notADuration(text))
  if (seconds !== undefined && Math.abs(seconds * 1e9) > 2 ** 63)
    throw invalid(name, `${notADuration(text)}. It overflows int64`)
  const duration = seconds === undefined ? parseDuration(text) : Math.trunc(seconds * 1000)
  if (duration === undefined) throw invalid(name, notADuration(text))
  return duration
}

/** 0 is no limit. */
export function limitParameter(parameters: Parameters): number {
  const text = parameters.get('limit') ?? ''
  if (text === '') return 0
  if (!/^[+-]?\d{1,15}$/.test(text))
    throw invalid('limit', `expected a whole number, got ${JSON.stringify(text)}`)
  if (Number(text) < 0) throw invalid('limit', 'limit must be non-negative')
  return Number(text)
}

/** All `match[]`, of which a series must satisfy one. */
export function matchParameters(parameters: Parameters): (readonly LabelMatcher[])[] {
  return parameters.getAll('match[]').map(text => {
    const expr = reading('match[]', () => parse(text))
    if (expr.kind !== 'selector' || expr.shift.offset !== 0 || expr.shift.at !== undefined)
      throw invalid('match[]', `expected a selector such as up{job="shop"}, got ${JSON.stringify(text)}`)
    return expr.matchers
  })
}

/** Turns what the parser has against a query into the parameter's error. */
export function reading<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof QueryError && error.reason === 'parse') throw invalid(name, error.message)
    throw error
  }
}

export function invalid(name: string, why: string): BadData {
  return new BadData(`invalid parameter ${JSON.stringify(name)}: ${why}`)
}

/** The widest times Prometheus names, which its own clients send for "always". */
const always: { [text: string]: number | undefined } = {
  '-292273086-05-16T16:47:06Z': Number.MIN_SAFE_INTEGER,
  '292277025-08-18T07:12:54.999999999Z': Number.MAX_SAFE_INTEGER,
}
const rfc3339 = /^(\d{4}-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/

export function parseTime(text: string): number | undefined {
  const seconds = parseGoFloat(text)
  if (seconds !== undefined) {
    if (!Number.isFinite(seconds)) return undefined
    const whole = Math.trunc(seconds)
    const time = whole * 1000 + Math.round((seconds - whole) * 1000)
    return Math.min(Math.max(time, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
  }
  const parts = rfc3339.exec(text)
  if (parts === null) return always[text]
  const [, local, month, day, , fraction = '', zone] = parts
  const utc = new Date(`${local}Z`)
  if (utc.getUTCMonth() + 1 !== Number(month) || utc.getUTCDate() !== Number(day)) return undefined
  const time = Date.parse(`${local}${zone}`)
  return Number.isNaN(time) ? undefined : time + Math.floor(Number(`0${fraction}`) * 1000)
}

function notADuration(text: string): string {
  return `cannot parse ${JSON.stringify(text)} to a valid duration`
}
