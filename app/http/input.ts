/** Reads what came from outside; every refusal names the field, what was expected and what came. */
import { badRequest } from './errors.ts'

type Fields = Record<string, unknown>

interface Range {
  min: number
  max: number
}

/** A whole number as text, as it stands in a URL. */
export function wholeText(fields: Fields, name: string, limits: Range & { preset?: number }): number {
  const raw = fields[name]
  if (raw === undefined && limits.preset !== undefined) return limits.preset
  const value = typeof raw === 'string' && /^-?\d{1,15}$/.test(raw) ? Number(raw) : raw
  return within(name, value, raw, limits)
}

/** A whole number of a JSON body, where text is not one. */
export function whole(fields: Fields, name: string, limits: Range): number {
  return within(name, fields[name], fields[name], limits)
}

function within(name: string, value: unknown, raw: unknown, limits: Range): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= limits.min && value <= limits.max)
    return value
  throw badRequest(
    `Cannot read ${name}: expected a whole number from ${limits.min} to ${limits.max}, got ${shown(raw)}`,
  )
}

/** Control characters have no place in a name, and in a log or a terminal they do harm. */
export function text(fields: Fields, name: string, limits: Range): string {
  const value = fields[name]
  if (
    typeof value === 'string' &&
    value.length >= limits.min &&
    value.length <= limits.max &&
    !/\p{Cc}/u.test(value) &&
    value.isWellFormed()
  )
    return value
  throw badRequest(
    `Cannot read ${name}: expected text of ${limits.min} to ${limits.max} characters, none of them a control character, got ${shown(value)}`,
  )
}

export function object(value: unknown, what: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(`Cannot read ${what}: expected an object, got ${shown(value)}`)
  const unknown = Object.keys(value).find(name => !known.includes(name))
  if (unknown !== undefined)
    throw badRequest(`Cannot read ${what}: expected only ${known.join(', ')}, got ${shown(unknown)}`)
  return value as Fields
}

export function list(fields: Fields, name: string, limits: Range): unknown[] {
  const value = fields[name]
  if (Array.isArray(value) && value.length >= limits.min && value.length <= limits.max) return value
  throw badRequest(
    `Cannot read ${name}: expected a list of ${limits.min} to ${limits.max}, got ${Array.isArray(value) ? `a list of ${value.length}` : shown(value)}`,
  )
}

export function uuid(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value))
    return value.toLowerCase()
  throw badRequest(`Cannot read ${name}: expected a UUID, got ${shown(value)}`)
}

/** Short, and of anything but plain values only the kind. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'a list' : `an ${typeof value}`
}
