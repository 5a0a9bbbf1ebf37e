/** Answers of a Loki and of ours in one form, to compare them. */

import { QueryError } from '../../query-error.ts'
import { instantQuery, linesQuery, rangeQuery } from '../engine/query.ts'
import { parse } from '../language/parse.ts'
import { resultJson } from '../serve/json.ts'
import type { LogStore } from '../store/memory.ts'
import { ofNanoseconds } from '../text/instant.ts'
import type { RealLoki } from './real-loki.ts'

type Labels = { [name: string]: string }

export type Answer =
  | { kind: 'lines'; streams: { labels: Labels; lines: [time: string, line: string][] }[] }
  | {
      kind: 'numbers'
      isOrdered: boolean
      series: { labels: Labels; points: [time: number, value: string][] }[]
    }
  | { kind: 'error'; of: 'query' | 'data' | 'limit'; message: string }

/** When and how a query is asked; nanoseconds as text. */
export interface Asked {
  query: string
  start: string
  end: string
  /** Seconds; 0 asks for numbers at the end. */
  step: number
  limit: number
  direction: 'forward' | 'backward'
}

export function askOurs(store: LogStore, asked: Asked): Answer {
  const { query, step, limit, direction } = asked
  const [start, end] = [ofNanoseconds(BigInt(asked.start)), ofNanoseconds(BigInt(asked.end))]
  try {
    const options = { limits: { series: 100_000 } }
    const result =
      parse(query).kind === 'logs'
        ? linesQuery(store, query, { start, end, direction, limit, interval: 0 }, options)
        : step === 0
          ? instantQuery(store, query, end.time, options)
          : rangeQuery(store, query, { start: start.time, end: end.time, step: step * 1000 }, options)
    return answerOf(JSON.parse(resultJson(result)), query)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    const of = error.reason === 'parse' ? 'query' : error.reason === 'limit' ? 'limit' : 'data'
    return { kind: 'error', of, message: error.message }
  }
}

export async function askLoki(loki: RealLoki, tenant: string, asked: Asked): Promise<Answer> {
  const { query, start, end, step, limit, direction } = asked
  const isInstant = step === 0 && !isLogQuery(query)
  const { status, body } = isInstant
    ? await loki.get(tenant, '/loki/api/v1/query', { query, time: end })
    : await loki.get(tenant, '/loki/api/v1/query_range', {
        query,
        start,
        end,
        limit: String(limit),
        direction,
        ...(step === 0 ? {} : { step: String(step) }),
      })
  if (status === 200) return answerOf(JSON.parse(body).data, query)
  const of = /maximum (?:of|number of) series/.test(body)
    ? 'limit'
    : /pipeline error|many-to-many|multiple matches/.test(body)
      ? 'data'
      : 'query'
  if (status >= 500 && of === 'query') throw new Error(`Loki failed with status ${status}: ${body}`)
  return { kind: 'error', of, message: body }
}

function isLogQuery(query: string): boolean {
  try {
    return parse(query).kind === 'logs'
  } catch {
    return query.trimStart().startsWith('{')
  }
}

interface Data {
  resultType: string
  result: unknown
}

function answerOf({ resultType, result }: Data, query: string): Answer {
  if (resultType === 'streams') {
    const streams = (result as { stream: Labels; values: [string, string][] }[]).map(
      ({ stream, values }) => ({
        labels: stream,
        lines: values.map(([time, line]): [string, string] => [time, line]),
      }),
    )
    return { kind: 'lines', streams: sorted(streams) }
  }
  const isOrdered = /\bsort(?:_desc)?\b/.test(query)
  if (resultType === 'scalar')
    return { kind: 'numbers', isOrdered, series: [{ labels: {}, points: [result as [number, string]] }] }
  const series = (result as { metric: Labels; value?: [number, string]; values?: [number, string][] }[]).map(
    ({ metric, value, values }) => ({ labels: metric, points: values ?? [value!] }),
  )
  return { kind: 'numbers', isOrdered, series: isOrdered ? series : sorted(series) }
}

function sorted<T extends { labels: Labels }>(items: readonly T[]): T[] {
  const key = ({ labels }: T) => JSON.stringify(Object.entries(labels).sort())
  return items
    .map(item => ({ ...item, labels: Object.fromEntries(Object.entries(item.labels).sort()) }))
    .toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** Whether two answers of topk or bottomk differ in no value: which of equal series is kept is chance in Loki. */
export function isTie(query: string, ours: Answer, real: Answer): boolean {
  if (!/\b(?:topk|bottomk)\b/.test(query) || ours.kind !== 'numbers' || real.kind !== 'numbers') return false
  const [a, b] = [ours, real].map(({ series }) => series.flatMap(({ points }) => points.map(String)).sort())
  return a!.join() === b!.join()
}

/** Undefined when the two agree; otherwise what differs. */
export function difference(ours: Answer, real: Answer): string | undefined {
  if (ours.kind !== real.kind) return `${describe(ours)} here, ${describe(real)} there`
  if (ours.kind === 'error' && real.kind === 'error')
    return ours.of === real.of ? undefined : `${describe(ours)} here, ${describe(real)} there`
  if (ours.kind === 'lines' && real.kind === 'lines') {
    const [a, b] = [ours, real].map(({ streams }) =>
      streams.map(stream => JSON.stringify(withoutDetails(stream))),
    )
    return firstDifference(a!, b!)
  }
  if (ours.kind !== 'numbers' || real.kind !== 'numbers') return undefined
  if (ours.series.length !== real.series.length)
    return firstDifference(
      ours.series.map(({ labels }) => JSON.stringify(labels)),
      real.series.map(({ labels }) => JSON.stringify(labels)),
    )
  for (const [index, one] of ours.series.entries()) {
    const other = real.series[index]!
    if (JSON.stringify(one.labels) !== JSON.stringify(other.labels) || !isCloseAll(one.points, other.points))
      return `${JSON.stringify(one)} here, ${JSON.stringify(other)} there`
  }
  return undefined
}

/** Where in a template it failed is told by Go in its own way, and what kind of value it found. */
function withoutDetails<T extends { labels: Labels }>(stream: T): T {
  const details = stream.labels.__error_details__
  if (
    details === undefined ||
    (stream.labels.__error__ !== 'TemplateFormatErr' && !/^template: |^error calling /.test(details))
  )
    return stream
  return { ...stream, labels: { ...stream.labels, __error_details__: 'of a template' } }
}

function firstDifference(ours: readonly string[], real: readonly string[]): string | undefined {
  const missing = real.find(item => !ours.includes(item))
  const extra = ours.find(item => !real.includes(item))
  if (missing === undefined && extra === undefined && ours.length === real.length) return undefined
  return `${extra ?? `${ours.length} items`} here, ${missing ?? `${real.length} items`} there`
}

function isCloseAll(ours: readonly [number, string][], real: readonly [number, string][]): boolean {
  return (
    ours.length === real.length &&
    ours.every(([time, value], index) => {
      const [otherTime, otherValue] = real[index]!
      return Math.abs(time - otherTime) < 1e-6 && isClose(value, otherValue)
    })
  )
}

function isClose(a: string, b: string): boolean {
  if (a === b) return true
  const [x, y] = [Number(a), Number(b)]
  return Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y), 1e-3)
}

function describe(answer: Answer): string {
  if (answer.kind === 'error') return `an error of the ${answer.of} (${answer.message.trim().slice(0, 300)})`
  return answer.kind === 'lines' ? `${answer.streams.length} streams` : `${answer.series.length} series`
}
