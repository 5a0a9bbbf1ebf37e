import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type KeptSpans, keepSpans } from './testing/in-process-telemetry.ts'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
})

import { parseExposition } from './exposition.ts'
import { jobContext, jobSent, processJob, sendJob } from './jobs.ts'
import { exposition } from './metrics.ts'
import { inSpan } from './traces.ts'

let spans: KeptSpans

beforeAll(() => {
  spans = keepSpans()
})
beforeEach(() => spans.clear())

const sample = async (name: string, labels: Record<string, string>, part = '') =>
  parseExposition(await exposition('openmetrics'))
    .get(name)
    ?.samples.find(
      ({ name: own, labels: actual }) =>
        own.endsWith(part) && Object.entries(labels).every(([label, value]) => actual[label] === value),
    )?.value

test('a job continues the trace of its sender, through nothing but strings', async () => {
  const context = await inSpan('order', {}, () => jobContext())
  expect(context.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  const stored: Record<string, string> = JSON.parse(JSON.stringify(context))
  const enqueuedAt = Date.now() - 3000
  const result = await processJob({ queue: 'q1', context: stored, attempt: 1, enqueuedAt }, async () => {
    expect(await sample('messaging_consumer_slots_busy', { messaging_destination_name: 'q1' })).toBe(1)
    return 'done'
  })
  expect(result).toBe('done')
  const sender = spans.named('order')!.spanContext()
  const span = spans.named('process q1')!
  expect(span.kind).toBe(SpanKind.CONSUMER)
  expect(span.spanContext().traceId).toBe(sender.traceId)
  expect(span.parentSpanContext?.spanId).toBe(sender.spanId)
  const labels = { messaging_destination_name: 'q1' }
  expect(await sample('messaging_process_wait_seconds', labels, '_sum')).toBeGreaterThan(2.9)
  expect(await sample('messaging_process_duration_seconds', { ...labels, error_type: '' }, '_count')).toBe(1)
  expect(await sample('messaging_consumer_slots_busy', labels)).toBe(0)
})

test('a failed attempt is rethrown and counted; the next one is a retry that has not waited', async () => {
  const labels = { messaging_destination_name: 'q2' }
  const attempt = (number: number, work: () => void) =>
    processJob({ queue: 'q2', attempt: number, enqueuedAt: new Date() }, work)
  await expect(
    attempt(1, () => {
      throw new TypeError('poison')
    }),
  ).rejects.toThrow('poison')
  await attempt(2, () => {})
  expect(
    await sample('messaging_process_duration_seconds', { ...labels, error_type: 'TypeError' }, '_count'),
  ).toBe(1)
  expect(await sample('messaging_process_retries_total', labels)).toBe(1)
  expect(await sample('messaging_process_wait_seconds', labels, '_count')).toBe(1)
  expect(spans.all().map(span => span.status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET])
})

test('counts what was sent and what could not be', async () => {
  jobSent('q3')
  jobSent('q3', Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' }))
  const sent = (error_type: string) =>
    sample('messaging_client_sent_messages_total', { messaging_destination_name: 'q3', error_type })
  expect([await sent(''), await sent('ECONNREFUSED')]).toEqual([1, 1])
})

test('sending gives the active trace along, and counts what got there and what did not', async () => {
  const context = await inSpan('sender', {}, () => sendJob('q4', async context => context))
  expect(context.traceparent).toContain(spans.named('sender')!.spanContext().traceId)
  const refused = sendJob('q4', () => Promise.reject(new RangeError('full')))
  await expect(refused).rejects.toThrow('full')
  const sent = (error_type: string) =>
    sample('messaging_client_sent_messages_total', { messaging_destination_name: 'q4', error_type })
  expect([await sent(''), await sent('RangeError')]).toEqual([1, 1])
})
