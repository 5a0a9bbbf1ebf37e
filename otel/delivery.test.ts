import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDelivery, type Delivery } from './delivery.ts'
import { type DeliverySettings, settingsFromEnv } from './delivery-settings.ts'
import { type Behaviour, type OtlpReceiver, startOtlpReceiver } from './testing/otlp-receiver.ts'

let receiver: OtlpReceiver
let delivery: Delivery

const settings = (overrides: Partial<DeliverySettings> = {}): DeliverySettings => ({
  ...settingsFromEnv({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_SERVICE_NAME: 'shop' }),
  stdout: false,
  batchItems: 10,
  batchDelayMs: 10,
  lineDelayMs: 5,
  maxItems: 100,
  timeoutMs: 5000,
  maxAttempts: 2,
  backoffMs: 20,
  maxBackoffMs: 50,
  ...overrides,
})

const scope = '{"name":"test"}'
const produceSpan = (id: number) =>
  delivery.span(
    scope,
    `{"traceId":"${'a'.repeat(32)}","spanId":"${String(id).padStart(16, '0')}","name":"${id}","kind":1,"startTimeUnixNano":"1","endTimeUnixNano":"2"}`,
  )
const produceLine = (id: number) => delivery.line(`{"level":"info","time":1,"msg":"${id}"}\n`)

function produce(count: number): void {
  for (let id = 0; id < count; id++) {
    produceSpan(id)
    produceLine(id)
  }
}

/** What came of everything that was produced; the queue is part of the sum. */
const books = (signal: 'traces' | 'logs') => ({
  ...delivery.ledgers[signal].settled(),
  queued: delivery.ledgers[signal].queued(),
})
const sum = (signal: 'traces' | 'logs') =>
  Object.values(books(signal)).reduce((total, count) => total + count, 0)
const settledAll = async () => {
  const deadline = Date.now() + 10_000
  while (books('traces').queued + books('logs').queued > 0 && Date.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, 10))
}

beforeEach(async () => {
  receiver = await startOtlpReceiver()
})

afterEach(async () => {
  await delivery.close()
  await receiver.stop()
})

test('everything arrives once, in order, and is counted as sent', async () => {
  delivery = createDelivery(settings())
  produce(95)
  await delivery.flush(5000)
  expect(books('traces')).toEqual({ sent: 95, failed: 0, dropped: 0, queued: 0 })
  expect(books('logs')).toEqual({ sent: 95, failed: 0, dropped: 0, queued: 0 })
  const ids = Array.from({ length: 95 }, (_, id) => String(id))
  expect(receiver.spans.map(span => span.name)).toEqual(ids)
  expect(receiver.logs.map(line => line.body)).toEqual(ids)
  expect(receiver.spans[0]?.resource['service.name']).toBe('shop')
})

test('a full queue drops the newest, and the sum stays exact', async () => {
  delivery = createDelivery(settings({ timeoutMs: 60_000 }))
  receiver.behave({ kind: 'hang' })
  produce(250)
  for (const signal of ['traces', 'logs'] as const) {
    expect(books(signal)).toEqual({ sent: 0, failed: 0, dropped: 150, queued: 100 })
    expect(sum(signal)).toBe(250)
  }
})

test('the bytes that wait are bounded too', async () => {
  delivery = createDelivery(settings({ maxItems: 1_000_000, maxQueueBytes: 10_000, timeoutMs: 60_000 }))
  receiver.behave({ kind: 'hang' })
  produce(5000)
  expect(books('traces').queued).toBeLessThan(200)
  expect(sum('traces')).toBe(5000)
  expect(sum('logs')).toBe(5000)
})

test('while the endpoint is away batches fail after their attempts; when it is back they arrive again', async () => {
  delivery = createDelivery(settings())
  await receiver.stop()
  produce(50)
  await settledAll()
  expect(books('traces')).toEqual({ sent: 0, failed: 50, dropped: 0, queued: 0 })
  expect(books('logs')).toEqual({ sent: 0, failed: 50, dropped: 0, queued: 0 })
  await receiver.start()
  produce(50)
  await settledAll()
  expect(books('traces')).toEqual({ sent: 50, failed: 50, dropped: 0, queued: 0 })
  expect(books('logs')).toEqual({ sent: 50, failed: 50, dropped: 0, queued: 0 })
  expect(receiver.spans).toHaveLength(50)
  expect(receiver.logs).toHaveLength(50)
})

test('an answer worth a retry is retried, any other refusal is not', async () => {
  delivery = createDelivery(settings())
  receiver.behave({ kind: 'status', status: 503 })
  produceSpan(1)
  await settledAll()
  expect(receiver.requests['/v1/traces']).toBe(2)
  receiver.behave({ kind: 'status', status: 400 })
  produceSpan(2)
  await settledAll()
  expect(receiver.requests['/v1/traces']).toBe(3)
  expect(books('traces')).toEqual({ sent: 0, failed: 2, dropped: 0, queued: 0 })
})

test('an endpoint that never answers is given up on', async () => {
  delivery = createDelivery(settings({ timeoutMs: 50 }))
  receiver.behave({ kind: 'hang' })
  produceSpan(1)
  await settledAll()
  expect(books('traces')).toEqual({ sent: 0, failed: 1, dropped: 0, queued: 0 })
})

test('the next attempt waits neither longer than it has to, nor in addition to one that got no answer', async () => {
  const patient = { backoffMs: 60_000, maxBackoffMs: 60_000, maxAttempts: 5 }
  delivery = createDelivery(settings({ ...patient, timeoutMs: 300, retryWithinMs: 300 }))
  receiver.behave({ kind: 'hang' })
  produce(10)
  await receiver.waitFor('an attempt', ({ requests }) => requests['/v1/traces'] === 1)
  receiver.behave({ kind: 'status', status: 429, headers: { 'retry-after': '3600' } })
  await receiver.waitFor('another one', ({ requests }) => requests['/v1/traces'] === 2)
  receiver.behave({ kind: 'accept' })
  await settledAll()
  expect(books('traces')).toEqual({ sent: 10, failed: 0, dropped: 0, queued: 0 })
  expect(books('logs')).toEqual({ sent: 10, failed: 0, dropped: 0, queued: 0 })
})

test('items the backend says it rejected count as failed', async () => {
  delivery = createDelivery(settings())
  receiver.behave({
    kind: 'accept',
    answer: '{"partialSuccess":{"rejectedSpans":"3","rejectedLogRecords":"2"}}',
  })
  for (let id = 0; id < 10; id++) produceSpan(id)
  await settledAll()
  expect(books('traces')).toEqual({ sent: 7, failed: 3, dropped: 0, queued: 0 })
})

const ok = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
test.each<[string, Behaviour]>([
  ['a body that drips', { kind: 'drip', head: `${ok}content-length: 1000\r\n\r\n`, text: ' ', everyMs: 20 }],
  ['headers that drip', { kind: 'drip', head: ok, text: 'x: y\r\n', everyMs: 20 }],
  ['hints without an end', { kind: 'drip', head: '', text: 'HTTP/1.1 103 Early Hints\r\n\r\n', everyMs: 20 }],
  [
    'a body without an end',
    {
      kind: 'drip',
      head: `${ok}transfer-encoding: chunked\r\n\r\n`,
      text: `10000\r\n${'x'.repeat(0x10000)}\r\n`,
      everyMs: 1,
    },
  ],
  ['a broken connection', { kind: 'reset' }],
  ['too many requests', { kind: 'status', status: 429 }],
  ['a page', { kind: 'accept', answer: '<html>welcome</html>' }],
  ['a count that is none', { kind: 'accept', answer: '{"partialSuccess":{"rejectedSpans":"abc"}}' }],
  ['a count below none', { kind: 'accept', answer: '{"partialSuccess":{"rejectedSpans":-100000}}' }],
  ['half an item', { kind: 'accept', answer: '{"partialSuccess":{"rejectedSpans":0.5}}' }],
])('%s is given up on, counted as failed, and what comes after arrives', async (_, behaviour) => {
  delivery = createDelivery(settings({ timeoutMs: 150 }))
  receiver.behave(behaviour)
  for (let id = 0; id < 10; id++) produceSpan(id)
  await settledAll()
  expect(books('traces')).toEqual({ sent: 0, failed: 10, dropped: 0, queued: 0 })
  receiver.behave({ kind: 'accept' })
  produceSpan(10)
  await settledAll()
  expect(books('traces')).toEqual({ sent: 1, failed: 10, dropped: 0, queued: 0 })
})

test('more rejected items than there were are no more than there were', async () => {
  delivery = createDelivery(settings())
  receiver.behave({ kind: 'accept', answer: '{"partialSuccess":{"rejectedSpans":"1000"}}' })
  for (let id = 0; id < 10; id++) produceSpan(id)
  await settledAll()
  expect(books('traces')).toEqual({ sent: 0, failed: 10, dropped: 0, queued: 0 })
})

test('a flush ends at its deadline when the endpoint hangs', async () => {
  delivery = createDelivery(settings({ timeoutMs: 60_000 }))
  receiver.behave({ kind: 'hang' })
  produce(5)
  const startedAt = performance.now()
  await delivery.flush(200)
  expect(performance.now() - startedAt).toBeLessThan(5000)
  expect(books('traces').queued).toBe(5)
})

test('goes to another endpoint when redirected, and back', async () => {
  const other = await startOtlpReceiver()
  delivery = createDelivery(settings())
  produceSpan(1)
  await settledAll()
  delivery.redirect(other.endpoint)
  produceSpan(2)
  await settledAll()
  delivery.redirect()
  produceSpan(3)
  await settledAll()
  await other.stop()
  expect(receiver.spans.map(span => span.name)).toEqual(['1', '3'])
  expect(other.spans.map(span => span.name)).toEqual(['2'])
})

test('items larger than a batch of bytes arrive whole, beyond ASCII too', async () => {
  delivery = createDelivery(settings())
  const large = 'größe €𝄞 '.repeat(50_000)
  delivery.line(`${JSON.stringify({ level: 'info', time: 1, msg: 'small' })}\n`)
  delivery.line(`${JSON.stringify({ level: 'info', time: 1, msg: large })}\n`)
  await settledAll()
  expect(receiver.logs.map(line => line.body)).toEqual(['small', large])
})

test.each([
  [true, 'gzip'],
  [false, 'identity'],
])('with gzip %s bodies come as %s', async (gzip, encoding) => {
  delivery = createDelivery(settings({ gzip }))
  produce(3)
  await settledAll()
  expect(receiver.spans).toHaveLength(3)
  expect(receiver.logs).toHaveLength(3)
  expect(new Set(receiver.encodings)).toEqual(new Set([encoding]))
})

test('without an endpoint nothing is exported and nothing piles up', async () => {
  const { endpoint: _, ...withoutEndpoint } = settings()
  delivery = createDelivery(withoutEndpoint)
  produce(1000)
  await delivery.flush(1000)
  expect(sum('traces')).toBe(0)
  expect(sum('logs')).toBe(0)
})

test('when the thread dies its items are dropped, and the next ones get a new thread', async () => {
  const warned = once(process, 'warning')
  delivery = createDelivery(settings({ endpoint: 'http://no:port' }))
  produce(3)
  await settledAll()
  expect(String((await warned)[0])).toContain('Telemetry delivery thread died and starts again')
  expect(books('traces')).toEqual({ sent: 0, failed: 0, dropped: 3, queued: 0 })
  expect(books('logs')).toEqual({ sent: 0, failed: 0, dropped: 3, queued: 0 })
  delivery.redirect(receiver.endpoint)
  produce(2)
  await settledAll()
  expect(books('traces')).toEqual({ sent: 2, failed: 0, dropped: 3, queued: 0 })
  expect(books('logs')).toEqual({ sent: 2, failed: 0, dropped: 3, queued: 0 })
})

test.each([
  ['TELEMETRY_QUEUE_MAX_ITEMS', 'many', 'a whole number above 0'],
  ['TELEMETRY_BATCH_DELAY_MS', '0', 'a whole number above 0'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', 'a URL such as http://localhost:4318'],
])('%s=%s is refused', (name, value, expected) => {
  delivery = createDelivery(settings())
  expect(() => settingsFromEnv({ [name]: value })).toThrow(
    `Cannot read ${name}: expected ${expected}, got "${value}"`,
  )
})
