/** Scenarios of a user's own, from YAML; everything that is wrong with them is told by file and line. */

import { seconds } from '../../contract/durations.ts'
import { UserError } from '../../contract/user-error.ts'
import { type Path, type Reader, readDocuments, readText } from '../../export/slo-files/reader.ts'
import { scenarioProblems } from './check.ts'
import type { Effect, Incident, Scenario, Share, Traffic, Wanted } from './scenario.ts'

export function readScenarios(file: string, text: string): Scenario[] {
  const problems: string[] = []
  const scenarios = readDocuments(file, text, reader => {
    const found = readList(reader)
    problems.push(...scenarioProblems(found, path => reader.place(['scenarios', ...path])))
    return found
  })
  if (scenarios.length === 0)
    throw new UserError(`${file}:1: expected a list of scenarios, got an empty file`)
  if (problems.length > 0) throw new UserError(problems.join('\n'))
  return scenarios
}

const known = {
  scenario: ['name', 'title', 'traffic', 'errors', 'slow', 'incidents', 'jitter', 'begins'],
  traffic: ['level', 'daily', 'weekend', 'night', 'weeklyGrowth', 'bursts', 'arrivals'],
  bursts: ['every', 'length', 'times'],
  incident: ['id', 'title', 'start', 'length', 'wanted', 'effect'],
  effect: ['errors', 'slow', 'traffic', 'instances', 'ramp', 'flapping', 'reset', 'unseen'],
  flapping: ['on', 'off'],
} as const

function readList(reader: Reader): Scenario[] {
  const count = lengthOf(reader, ['scenarios'])
  if (count === 0) reader.refuse(['scenarios'], 'a list of scenarios')
  return Array.from({ length: count }, (_, index) => readScenario(reader, ['scenarios', index])).filter(
    scenario => scenario !== undefined,
  )
}

function readScenario(reader: Reader, path: Path): Scenario | undefined {
  refuseUnknown(reader, path, known.scenario)
  const name = readText(reader, [...path, 'name'])
  const incidents = Array.from({ length: lengthOf(reader, [...path, 'incidents']) }, (_, index) =>
    readIncident(reader, [...path, 'incidents', index]),
  )
  const begins = optional(reader, [...path, 'begins'], durationAt)
  const scenario = {
    title: textOr(reader, [...path, 'title'], name ?? ''),
    traffic: readTraffic(reader, [...path, 'traffic']),
    errors: optional(reader, [...path, 'errors'], shareAt) ?? 0,
    slow: optional(reader, [...path, 'slow'], shareAt) ?? 0,
    jitter: optional(reader, [...path, 'jitter'], durationAt) ?? 0,
    ...(begins === undefined ? {} : { begins }),
  }
  if (name === undefined || incidents.includes(undefined)) return undefined
  return { name, incidents: incidents as Incident[], ...scenario }
}

function readTraffic(reader: Reader, path: Path): Traffic {
  refuseUnknown(reader, path, known.traffic)
  const traffic: Traffic = {}
  for (const field of ['level', 'daily', 'weekend', 'night', 'weeklyGrowth'] as const) {
    const value = optional(reader, [...path, field], numberAt)
    if (value !== undefined) traffic[field] = value
  }
  if (reader.at(...path, 'bursts') !== undefined) {
    refuseUnknown(reader, [...path, 'bursts'], known.bursts)
    const [every, length] = (['every', 'length'] as const).map(field =>
      durationAt(reader, [...path, 'bursts', field]),
    )
    const times = numberAt(reader, [...path, 'bursts', 'times'])
    if (every !== undefined && length !== undefined && times !== undefined)
      traffic.bursts = { every, length, times }
  }
  const arrivals = reader.at(...path, 'arrivals')
  if (arrivals === 'even' || arrivals === 'random') traffic.arrivals = arrivals
  else if (arrivals !== undefined) reader.refuse([...path, 'arrivals'], 'random or even')
  return traffic
}

function readIncident(reader: Reader, path: Path): Incident | undefined {
  refuseUnknown(reader, path, known.incident)
  const id = readText(reader, [...path, 'id'])
  const start = durationAt(reader, [...path, 'start'])
  const length = durationAt(reader, [...path, 'length'])
  const wanted = reader.at(...path, 'wanted')
  const isWanted = wanted === 'page' || wanted === 'ticket' || wanted === 'nothing'
  if (!isWanted) reader.refuse([...path, 'wanted'], 'page, ticket or nothing')
  const effect = readEffect(reader, [...path, 'effect'])
  if (id === undefined || start === undefined || length === undefined || !isWanted) return undefined
  return {
    id,
    title: textOr(reader, [...path, 'title'], id),
    start,
    end: start + length,
    wanted: wanted as Wanted,
    effect,
  }
}

function readEffect(reader: Reader, path: Path): Effect {
  const { at, refuse } = reader
  refuseUnknown(reader, path, known.effect)
  const effect: Effect = {}
  for (const field of ['errors', 'slow'] as const) {
    const share = optional(reader, [...path, field], shareAt)
    if (share !== undefined) effect[field] = share
  }
  const traffic = optional(reader, [...path, 'traffic'], numberAt)
  if (traffic !== undefined) effect.traffic = traffic
  for (const field of ['ramp', 'reset', 'unseen'] as const) {
    const value = at(...path, field)
    if (value === true) effect[field] = true
    else if (value !== undefined && value !== false) refuse([...path, field], 'true or false')
  }
  const count = lengthOf(reader, [...path, 'instances'])
  const instances = Array.from({ length: count }, (_, index) =>
    numberAt(reader, [...path, 'instances', index]),
  )
  if (instances.some(each => each !== undefined && !Number.isInteger(each)))
    refuse([...path, 'instances'], 'whole numbers, counted from 0')
  else if (count > 0) effect.instances = instances.filter(each => each !== undefined)
  if (at(...path, 'flapping') !== undefined) {
    refuseUnknown(reader, [...path, 'flapping'], known.flapping)
    const [on, off] = (['on', 'off'] as const).map(field => durationAt(reader, [...path, 'flapping', field]))
    if (on !== undefined && off !== undefined) effect.flapping = { on, off }
  }
  if (Object.keys(effect).length === 0 && at(...path) === undefined)
    refuse(path, 'what it does, such as { errors: 0.3 }')
  return effect
}

/** A field that nobody reads would be a wish that nobody hears. */
function refuseUnknown({ at, refuse }: Reader, path: Path, fields: readonly string[]): void {
  const map = at(...path)
  if (map === undefined || map === null) return
  const items = (map as { items?: { key?: { value?: unknown } | string }[] }).items
  if (items === undefined || items.some(item => item.key === undefined)) {
    refuse(path, `a map of ${fields.join(', ')}`)
    return
  }
  for (const { key } of items) {
    const name = String(typeof key === 'object' ? key.value : key)
    if (!fields.includes(name)) refuse([...path, name], `some of ${fields.join(', ')}`)
  }
}

function lengthOf({ at, refuse }: Reader, path: Path): number {
  const list = at(...path)
  if (list === undefined || list === null) return 0
  const { items } = list as { items?: { key?: unknown }[] }
  if (Array.isArray(items) && items.every(item => !('key' in Object(item)))) return items.length
  refuse(path, 'a list')
  return 0
}

function optional<T>(
  reader: Reader,
  path: Path,
  read: (reader: Reader, path: Path) => T | undefined,
): T | undefined {
  return reader.at(...path) === undefined ? undefined : read(reader, path)
}

function textOr({ at }: Reader, path: Path, fallback: string): string {
  const value = at(...path)
  return typeof value === 'string' ? value : fallback
}

function numberAt({ at, refuse }: Reader, path: Path): number | undefined {
  const value = at(...path)
  return typeof value === 'number' && Number.isFinite(value) ? value : refuse(path, 'a number')
}

/** `12d14h` after the Monday on which the scenario begins, or a length such as `40m`. */
function durationAt({ at, refuse }: Reader, path: Path): number | undefined {
  const value = at(...path)
  if (value === 0) return 0
  try {
    return seconds(String(value).replaceAll(' ', ''))
  } catch {
    return refuse(path, 'a duration such as 40m or 12d14h')
  }
}

function shareAt(reader: Reader, path: Path): Share | undefined {
  const value = reader.at(...path)
  if (typeof value === 'number') return value
  const burn = reader.at(...path, 'burn')
  return typeof burn === 'number' ? { burn } : reader.refuse(path, 'a share such as 0.3, or { burn: 14 }')
}
