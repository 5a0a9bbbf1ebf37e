/** Silences, in the form of Alertmanager's API. */
import { randomUUID } from 'node:crypto'
import type { LabelMatcher } from '../../engines/matchers.ts'
import { HttpError } from '../http.ts'
import { type Matches, matchesAllOf } from './config.ts'

interface Silence {
  id: string
  matchers: { name: string; value: string; isRegex: boolean; isEqual: boolean }[]
  matches: Matches
  startsAt: number
  endsAt: number
  updatedAt: number
  createdBy: string
  comment: string
}

export interface Silences {
  /** Ids of those in force that match. */
  of(labels: Readonly<Record<string, string>>, now: number): string[]
  add(body: unknown): string
  /** False where there is none with this id. */
  expire(id: string): boolean
  json(): object[]
  save(): SavedSilence[]
}

export type SavedSilence = Omit<Silence, 'matches'>

const most = 1000

export function createSilences(saved: readonly SavedSilence[] = []): Silences {
  const all = new Map(
    saved.map((silence): [string, Silence] => [
      silence.id,
      { ...silence, matches: matchesAllOf(silence.matchers.map(labelMatcher)) },
    ]),
  )
  return {
    of: (labels, now) =>
      [...all.values()]
        .filter(({ startsAt, endsAt, matches }) => startsAt <= now && now < endsAt && matches(labels))
        .map(({ id }) => id),
    add(body) {
      const silence = read(body)
      if (all.size >= most && !all.has(silence.id))
        throw new HttpError(400, `Cannot add a silence: expected at most ${most}`)
      all.set(silence.id, silence)
      return silence.id
    },
    expire(id) {
      const silence = all.get(id)
      if (silence === undefined) return false
      silence.endsAt = Math.min(silence.endsAt, Date.now())
      return true
    },
    json: () => [...all.values()].map(json),
    save: () => [...all.values()].map(({ matches: _, ...silence }) => silence),
  }
}

function json({ id, matchers, startsAt, endsAt, updatedAt, createdBy, comment }: Silence): object {
  const now = Date.now()
  const state = now >= endsAt ? 'expired' : now < startsAt ? 'pending' : 'active'
  return {
    ...{ id, matchers, createdBy, comment },
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    status: { state },
  }
}

function read(body: unknown): Silence {
  const given = (typeof body === 'object' && body !== null ? body : {}) as { [field: string]: unknown }
  const [startsAt, endsAt] = [timeOf(given.startsAt), timeOf(given.endsAt)]
  if (!(endsAt > startsAt) || endsAt <= Date.now()) throw wrong('an endsAt after now and after startsAt')
  const list = Array.isArray(given.matchers) ? given.matchers.slice(0, 100) : []
  if (list.length === 0) throw wrong('at least one matcher')
  const matchers = list.map(
    (each: { name?: unknown; value?: unknown; isRegex?: unknown; isEqual?: unknown }) => {
      if (typeof each?.name !== 'string' || typeof each.value !== 'string')
        throw wrong('matchers with a name and a value')
      return {
        name: each.name,
        value: each.value,
        isRegex: each.isRegex === true,
        isEqual: each.isEqual !== false,
      }
    },
  )
  let matches: Matches
  try {
    matches = matchesAllOf(matchers.map(labelMatcher))
  } catch (error) {
    throw wrong(`regular expressions that can be read: ${(error as Error).message}`)
  }
  return {
    id: typeof given.id === 'string' && given.id !== '' ? given.id.slice(0, 64) : randomUUID(),
    matchers,
    matches,
    startsAt,
    endsAt,
    updatedAt: Date.now(),
    createdBy: String(given.createdBy ?? '').slice(0, 200),
    comment: String(given.comment ?? '').slice(0, 1000),
  }
}

function labelMatcher({ name, value, isRegex, isEqual }: Silence['matchers'][number]): LabelMatcher {
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='
  return { name, operator, value }
}

function timeOf(value: unknown): number {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isNaN(time)) throw wrong('startsAt and endsAt such as 2026-01-31T12:00:00Z')
  return time
}

function wrong(expected: string): HttpError {
  return new HttpError(400, `Cannot add a silence: expected ${expected}`)
}
