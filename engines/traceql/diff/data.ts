/** Random traces: deep and wide, with orphans, links, events, missing attributes and attributes of several types. */

import type { Random } from '../../random.ts'

/** An OTLP/JSON request; times are nanoseconds after `base`, so that they can be moved to today. */
export interface RandomTraces {
  resourceSpans: ResourceSpans[]
}

interface ResourceSpans {
  resource: { attributes: KeyValue[] }
  scopeSpans: { scope: { name: string; version: string; attributes: KeyValue[] }; spans: RandomSpan[] }[]
}

interface KeyValue {
  key: string
  value: { [type: string]: unknown }
}

export interface RandomSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  status: { code: number; message?: string }
  attributes: KeyValue[]
  events: { timeUnixNano: string; name: string; attributes: KeyValue[] }[]
  links: { traceId: string; spanId: string; attributes: KeyValue[] }[]
}

export const words = {
  service: ['shop', 'payments', 'worker', 'db'],
  name: ['GET /', 'POST /orders', 'charge', 'query', 'job', ''],
  event: ['exception', 'retry', 'log'],
  scope: ['http', 'pg', 'otel'],
  key: ['foo', 'bar', 'http.status_code', 'http.method', 'url.path', 'n', 'name', 'with space'],
  resourceKey: ['env', 'foo', 'k8s.pod.name', 'cluster', 'n'],
  string: ['a', 'b', 'ab', 'GET', 'POST', '', 'nil', '1', 'ünï'],
}

export function randomTraces(random: Random): RandomTraces {
  const requests: RandomTraces = { resourceSpans: [] }
  const resources = Array.from({ length: 2 + random.below(4) }, (_, index) => randomResource(random, index))
  const count = 3 + random.below(8)
  for (let trace = 0; trace < count; trace++) addTrace(random, requests, trace, resources)
  return requests
}

/** The same traces, later by nanoseconds. */
export function movedTraces(traces: RandomTraces, by: bigint): RandomTraces {
  const later = (time: string) => `${BigInt(time) + by}`
  return {
    resourceSpans: traces.resourceSpans.map(({ resource, scopeSpans }) => ({
      resource,
      scopeSpans: scopeSpans.map(({ scope, spans }) => ({
        scope,
        spans: spans.map(span => ({
          ...span,
          startTimeUnixNano: later(span.startTimeUnixNano),
          endTimeUnixNano: later(span.endTimeUnixNano),
          events: span.events.map(event => ({ ...event, timeUnixNano: later(event.timeUnixNano) })),
        })),
      })),
    })),
  }
}

export function spansOf({ resourceSpans }: RandomTraces): RandomSpan[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
}

interface Shape {
  parent: number | undefined
  resource: ResourceSpans['resource']
}

function addTrace(
  random: Random,
  into: RandomTraces,
  trace: number,
  resources: ResourceSpans['resource'][],
): void {
  const traceId = hex(random, 32).replace(/^00/, random.chance(0.2) ? '00' : '1a')
  const size = random.pick([1, 2, 3, 5, 8, 8, 12, 20])
  // Wide, deep, or in between.
  const spread = random.pick([0, 0.5, 0.5, 1])
  const ids = Array.from({ length: size }, () => hex(random, 16).replace(/^00/, '1b'))
  const start = BigInt(trace * 7 + random.below(60)) * 1_000_000_000n + BigInt(random.below(1_000_000_000))
  const shapes: Shape[] = ids.map((_, i) => ({
    parent: i === 0 || random.chance(0.04) ? undefined : random.chance(spread) ? random.below(i) : i - 1,
    resource: random.pick(resources),
  }))
  const hasRoot = random.chance(0.9)
  const parts = new Map<string, ResourceSpans>()
  for (const [i, { parent, resource }] of shapes.entries()) {
    const isOrphan = i > 0 && random.chance(0.05)
    const parentSpanId = isOrphan ? hex(random, 16) : parent === undefined ? undefined : ids[parent]
    const spanStart = start + BigInt(i) * BigInt(random.below(5_000_000))
    const span = randomSpan(random, { traceId, spanId: ids[i]!, parentSpanId }, spanStart, ids)
    if (!hasRoot && span.parentSpanId === undefined) span.parentSpanId = 'fefefefefefefefe'
    const scope = {
      name: random.pick(words.scope),
      version: random.pick(['', 'v1', 'v2']),
      attributes: random.chance(0.3)
        ? [{ key: random.pick(['lib', 'foo']), value: { stringValue: random.pick(words.string) } }]
        : [],
    }
    const key = `${resources.indexOf(resource)} ${JSON.stringify(scope)}`
    const part: ResourceSpans = parts.get(key) ?? { resource, scopeSpans: [{ scope, spans: [] }] }
    if (!parts.has(key)) parts.set(key, part)
    part.scopeSpans[0]!.spans.push(span)
  }
  into.resourceSpans.push(...parts.values())
}

function randomSpan(
  random: Random,
  id: { traceId: string; spanId: string; parentSpanId: string | undefined },
  start: bigint,
  ids: string[],
): RandomSpan {
  const duration = BigInt(
    random.pick([0, 1, 1000, 50_000, 1_000_000, 5_000_000, 100_000_000, 1_500_000_000]) + random.below(1000),
  )
  const code = random.pick([0, 0, 1, 2])
  return {
    traceId: id.traceId,
    spanId: id.spanId,
    ...(id.parentSpanId !== undefined && { parentSpanId: id.parentSpanId }),
    name: random.pick(words.name),
    kind: random.below(6),
    startTimeUnixNano: `${start}`,
    endTimeUnixNano: `${start + duration}`,
    status: { code, ...(code === 2 && random.chance(0.5) && { message: random.pick(words.string) }) },
    attributes: uniquePairs(random, words.key, 4),
    events: Array.from({ length: random.pick([0, 0, 0, 1, 2]) }, () => ({
      timeUnixNano: `${start + BigInt(random.below(1_000_000))}`,
      name: random.pick(words.event),
      attributes: uniquePairs(random, ['foo', 'type', 'n'], 2),
    })),
    links: Array.from({ length: random.pick([0, 0, 0, 0, 1, 2]) }, () => ({
      traceId: hex(random, 32),
      spanId: random.chance(0.5) ? random.pick(ids) : hex(random, 16),
      attributes: uniquePairs(random, ['foo', 'rel'], 1),
    })),
  }
}

/** Tempo takes two for one where their attributes differ in type alone, such as 0 and [0]; one has a text of its own. */
function randomResource(random: Random, index: number): ResourceSpans['resource'] {
  const service = random.chance(0.9)
    ? [{ key: 'service.name', value: { stringValue: random.pick(words.service) } }]
    : []
  const own = { key: 'id', value: { stringValue: `r${index}` } }
  return { attributes: [...service, ...uniquePairs(random, words.resourceKey, 3), own] }
}

function uniquePairs(random: Random, keys: readonly string[], most: number): KeyValue[] {
  return random
    .some(keys, most / keys.length)
    .slice(0, most)
    .map(key => randomPair(random, [key]))
}

function randomPair(random: Random, keys: readonly string[]): KeyValue {
  const key = random.pick(keys)
  if (key === 'http.status_code' && random.chance(0.9))
    return { key, value: { intValue: `${random.pick([200, 404, 500])}` } }
  if (key === 'http.method' && random.chance(0.9))
    return { key, value: { stringValue: random.pick(['GET', 'POST']) } }
  return { key, value: randomValue(random) }
}

function randomValue(random: Random): KeyValue['value'] {
  const list = (value: () => KeyValue['value']) => ({
    arrayValue: { values: Array.from({ length: random.below(4) }, value) },
  })
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      return { intValue: `${random.pick([0, 1, 2, 3, 10, -1, 500])}` }
    case 3:
      return { doubleValue: random.pick([0, 1, 1.5, -2.25, 1e10]) }
    case 4:
    case 5:
      return { boolValue: random.chance(0.5) }
    case 6:
      return list(() => ({ intValue: `${random.below(4)}` }))
    case 7:
      return list(() => ({ stringValue: random.pick(words.string) }))
    default:
      return { stringValue: random.pick(words.string) }
  }
}

function hex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => random.below(16).toString(16)).join('')
}
