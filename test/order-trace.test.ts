/** One order, followed by its trace id: through the spans of three processes, their log lines and an exemplar. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpServer, jobs, type Metric } from '../otel/signals.ts'
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, type LabProcess, startLab } from './support/lab-processes.ts'
import { samplesOf } from './support/metrics-of.ts'
import { placeOrder } from './support/shop-client.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const callerSpan = '00f067aa0ba902b7'

let receiver: OtlpReceiver
let lab: Lab
let order: string

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  lab = await startLab({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint } })
  const placed = await placeOrder(lab.shop.url, undefined, undefined, {
    traceparent: `00-${traceId}-${callerSpan}-01`,
  })
  expect(placed.status).toBe(201)
  order = placed.body.id
  await receiver.waitFor(
    "the worker's span and the spans it came from",
    () =>
      ['shop', 'payments', 'worker'].every(service => spansOf(service).length > 0) &&
      rootSpan() !== undefined,
    20_000,
  )
  // The worker's own queries are sent with its span or soon after.
  await receiver.waitFor('a query of the worker', () =>
    spansOf('worker').some(span => span.kind === 'client'),
  )
}, 120_000)

afterAll(async () => {
  await lab?.stop()
  await receiver?.stop()
})

const ofTrace = () => receiver.spans.filter(span => span.traceId === traceId)
const spansOf = (service: string) => ofTrace().filter(span => span.resource['service.name'] === service)
const rootSpan = () => ofTrace().find(span => span.name === 'POST /orders')

test('its spans are one tree that begins at the caller', () => {
  const spans = ofTrace()
  const ids = new Set(spans.map(span => span.spanId))
  expect(ids.size).toBe(spans.length)
  expect(rootSpan()).toMatchObject({
    kind: 'server',
    parentSpanId: callerSpan,
    resource: { 'service.name': 'shop' },
  })
  const orphans = spans.filter(span => span.parentSpanId !== callerSpan && !ids.has(span.parentSpanId))
  expect(orphans.map(span => `${span.resource['service.name']}: ${span.name}`)).toEqual([])
})

test('the shop calls payments, and payments answers within that call', () => {
  const authorization = spansOf('payments').find(span => span.name === 'POST /authorizations')
  expect(authorization?.kind).toBe('server')
  const call = ofTrace().find(span => span.spanId === authorization?.parentSpanId)
  expect(call).toMatchObject({ kind: 'client', resource: { 'service.name': 'shop' } })
})

test('the job goes on with the trace in the worker, after the order', () => {
  const job = spansOf('worker').find(span => span.kind === 'consumer')
  expect(job).toMatchObject({
    name: 'process fulfilment',
    status: 'unset',
    attributes: { 'messaging.destination.name': 'fulfilment' },
  })
  expect(ancestors(job!)).toContain(rootSpan()!.spanId)
  expect(job!.startMs).toBeGreaterThan(rootSpan()!.startMs)
})

test('spans say which order they belong to, and queries are named', () => {
  expect(rootSpan()!.attributes['shop.order.id']).toBe(order)
  const queries = ofTrace().filter(span => span.attributes['db.query.summary'] !== undefined)
  expect(queries.length).toBeGreaterThan(0)
  for (const query of queries) {
    expect(query.kind).toBe('client')
    expect(String(query.attributes['db.query.summary'])).not.toMatch(/\$\d|VALUES/)
  }
})

test.each(['shop', 'payments', 'worker'] as const)(
  'the log lines of %s carry its id, sent and on stdout',
  async role => {
    await receiver.waitFor(`a line of ${role}`, ({ logs }) =>
      logs.some(line => line.traceId === traceId && line.resource['service.name'] === role),
    )
    const spanIds = new Set(spansOf(role).map(span => span.spanId))
    const sent = receiver.logs.filter(
      line => line.traceId === traceId && line.resource['service.name'] === role,
    )
    expect(sent.filter(line => !spanIds.has(line.spanId)).map(line => line.body)).toEqual([])
    await eventually(() =>
      expect(lab[role].lines()).toContainEqual(
        expect.objectContaining({ trace_id: traceId, service_name: role }),
      ),
    )
  },
)

test.each<[string, () => LabProcess, Metric, Record<string, string>]>([
  [
    'the request',
    () => lab.shop,
    httpServer.duration,
    { http_route: '/orders', http_request_method: 'POST', http_response_status_code: '201' },
  ],
  ['the authorization', () => lab.payments, httpServer.duration, { http_route: '/authorizations' }],
  ['the job', () => lab.worker, jobs.duration, { messaging_destination_name: 'fulfilment', error_type: '' }],
])('the duration of %s has the trace as its exemplar', async (_, process, metric, where) => {
  const exemplars = (await samplesOf(process(), metric, where)).flatMap(({ exemplar }) =>
    exemplar === undefined ? [] : [exemplar],
  )
  expect(exemplars).toContainEqual(expect.objectContaining({ trace_id: traceId }))
})

function ancestors(span: ReceivedSpan): string[] {
  const parent = ofTrace().find(candidate => candidate.spanId === span.parentSpanId)
  return parent === undefined ? [] : [parent.spanId, ...ancestors(parent)]
}
