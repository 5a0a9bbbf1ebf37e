/** What really went wrong: written down by people, or read from the series themselves. Times are seconds since 1970. */

import { lab } from '../../contract/shop-signals.ts'
import { rangeQuery } from '../../engines/promql/engine/query.ts'
import type { Storage } from '../../engines/promql/storage.ts'
import { type Reader, readDocuments, readText } from '../../export/slo-files/reader.ts'
import { minute } from '../scenarios/scenario.ts'
import type { KnownIncident } from '../score/judge.ts'

export interface RealIncident extends KnownIncident {
  title: string
}

/** Throws what is wrong, each with its line. */
export function readIncidents(file: string, text: string): RealIncident[] {
  return readDocuments(file, text, readList)
}

function readList({ at, refuse }: Reader): RealIncident[] {
  const count = (at('incidents') as { items?: unknown[] } | undefined)?.items?.length ?? 0
  if (count === 0) refuse(['incidents'], 'a list of incidents with id, start and end')
  const ids = new Set<string>()
  return Array.from({ length: count }, (_, index) => ['incidents', index] as const).flatMap(path => {
    const id = readText({ at, refuse }, [...path, 'id'])
    if (id !== undefined && ids.has(id)) refuse([...path, 'id'], 'every id once')
    if (id !== undefined) ids.add(id)
    const [start, end] = (['start', 'end'] as const).map(field => {
      const time = timeOf(at(...path, field))
      if (time === undefined) refuse([...path, field], 'a time such as 2026-11-03T14:05:00Z')
      return time
    })
    if (start !== undefined && end !== undefined && end <= start)
      refuse([...path, 'end'], 'a time after the start')
    const wanted = at(...path, 'wanted') ?? 'page'
    if (wanted !== 'page' && wanted !== 'ticket' && wanted !== 'nothing')
      refuse([...path, 'wanted'], 'page, ticket or nothing')
    const title = at(...path, 'title') ?? id
    const labels = labelsAt({ at, refuse }, path)
    if (id === undefined || start === undefined || end === undefined) return []
    return [{ id, title: String(title), start, end, wanted: wanted as RealIncident['wanted'], labels }]
  })
}

function labelsAt(
  { at, refuse }: Pick<Reader, 'at' | 'refuse'>,
  path: readonly (string | number)[],
): Record<string, string> {
  const map = at(...path, 'labels')
  if (map === undefined || map === null) return {}
  const items = (map as { items?: { key: unknown; value: unknown }[] }).items
  if (
    items === undefined ||
    items.some(item => typeof item !== 'object' || item === null || !('key' in item))
  ) {
    refuse([...path, 'labels'], 'labels such as { service: shop }')
    return {}
  }
  return Object.fromEntries(items.map(({ key }) => [String(key), String(at(...path, 'labels', String(key)))]))
}

/** A date with its zone, or seconds since 1970. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number' && value > 0) return value
  if (
    typeof value !== 'string' ||
    !/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/.test(value)
  )
    return undefined
  const time = Date.parse(value) / 1000
  return Number.isNaN(time) ? undefined : time
}

/** The lab's own record of what it broke. */
export const faultQuery = `${lab.faultActive.name} == 1`

/** Gaps up to this belong to the incident. */
const longestGap = 5 * minute

/** Each time for which the query has a result, series by series. */
export function incidentsOf(
  store: Storage,
  query: string,
  range: { start: number; end: number; step: number },
): RealIncident[] {
  const { start, end, step } = range
  const { series } = rangeQuery(
    store,
    query,
    { start: start * 1000, end: end * 1000, step: step * 1000 },
    { limits: { samples: 1e12, milliseconds: 600_000 } },
  )
  return series.flatMap(({ labels, times }) => {
    const own = Object.fromEntries([...labels].filter(([name]) => name !== '__name__'))
    const spans: { start: number; end: number }[] = []
    for (const time of times) {
      const at = time / 1000
      const last = spans.at(-1)
      if (last !== undefined && at - last.end <= longestGap) last.end = at
      else spans.push({ start: at, end: at })
    }
    return spans.map(span => ({
      ...span,
      end: span.end + step,
      id: [
        ...['fault', 'target'].flatMap(name => own[name] ?? []),
        new Date(span.start * 1000).toISOString(),
      ].join(' '),
      title: query,
      wanted: 'page' as const,
      labels: own,
    }))
  })
}
