/** A trace in protobuf, as Grafana asks for it, read back by the reader that takes in what real services send. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDoor, type Serving } from '../../engines/serve/server.ts'
import { serve } from '../../engines/traceql/serve/server.ts'
import type { Loaded } from '../../engines/traceql/serve/worker.ts'
import { decode } from '../../lab/otlp/protobuf.ts'
import { schemas } from '../../lab/otlp/schema.ts'

const data = join(import.meta.dirname, 'shop-spans.jsonl')
const traceIds = [
  ...new Set(Array.from(readFileSync(data, 'utf8').matchAll(/"traceId":"(\w+)"/g), ([, id]) => id!)),
]
let serving: Serving<Loaded>

beforeAll(async () => {
  serving = await serve({ data, port: 0, door: openDoor, timeout: 5000 })
})
afterAll(() => serving.close())

async function get(path: string, accept: string) {
  const answer = await fetch(serving.url + path, { headers: { accept } })
  return { type: answer.headers.get('content-type'), bytes: new Uint8Array(await answer.arrayBuffer()) }
}

/** JSON of Tempo has ids in base64 and names for numbers; what is read from protobuf has digits and numbers. */
function asDecoded(json: string): unknown {
  const names = [
    ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(name => `SPAN_KIND_${name}`),
    ['UNSET', 'OK', 'ERROR'].map(name => `STATUS_CODE_${name}`),
  ]
  return JSON.parse(json, (key, value) => {
    if (/^(traceId|spanId|parentSpanId)$/.test(key)) return Buffer.from(value, 'base64').toString('hex')
    if (key !== 'kind' && key !== 'code') return value
    return names.map(list => list.indexOf(value)).find(number => number >= 0)
  })
}

/** Protobuf leaves out what is empty or 0. */
function full(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(full)
  if (value === null || typeof value !== 'object') return value
  const isEmpty = (each: unknown) => each === 0 || each === '' || (Array.isArray(each) && each.length === 0)
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (isEmpty(each) ? [] : [[key, full(each)]])),
  )
}

test('a trace in protobuf says what the same trace in JSON says', async () => {
  expect(traceIds.length).toBeGreaterThan(10)
  const resourceSpans = { 1: { ...schemas.traces[1]!, name: 'batches' } }
  for (const id of traceIds) {
    const [json, protobuf] = await Promise.all(
      ['application/json', 'application/protobuf'].map(accept => get(`/api/traces/${id}`, accept)),
    )
    expect(protobuf!.type).toBe('application/protobuf')
    const expected = asDecoded(Buffer.from(json!.bytes).toString('utf8'))
    expect(full(decode(protobuf!.bytes, resourceSpans))).toEqual(full(expected))
  }
})

test('version 2 of the address has the trace as a part of its answer', async () => {
  const { type, bytes } = await get(`/api/v2/traces/${traceIds[0]}`, 'application/protobuf')
  expect(type).toBe('application/protobuf')
  const answer = decode(bytes, { 1: { name: 'trace', type: () => schemas.traces } })
  expect(answer).toMatchObject({
    trace: { resourceSpans: [{ resource: { attributes: expect.anything() } }] },
  })
})

test('a trace that is not there is an error in both forms', async () => {
  for (const accept of ['application/json', 'application/protobuf']) {
    const { type, bytes } = await get('/api/traces/abc', accept)
    expect(type).toMatch('text/plain')
    expect(Buffer.from(bytes).toString('utf8')).toBe('trace not found: abc\n')
  }
})
