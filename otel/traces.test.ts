import { SpanStatusCode, trace } from '@opentelemetry/api'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { type KeptSpans, keepSpans } from './testing/in-process-telemetry.ts'
import { annotateSpan, errorType, inSpan } from './traces.ts'

let spans: KeptSpans

beforeAll(() => {
  spans = keepSpans()
})
beforeEach(() => spans.clear())

test('a span surrounds its work, nests, and takes attributes from anywhere inside', async () => {
  const result = await inSpan('outer', { a: 1 }, async span => {
    expect(trace.getActiveSpan()).toBe(span)
    await inSpan('inner', {}, () => annotateSpan({ b: 2 }))
    annotateSpan({ c: 3 })
    return 'result'
  })
  expect(result).toBe('result')
  const [inner, outer] = spans.all()
  expect(outer?.attributes).toEqual({ a: 1, c: 3 })
  expect(inner?.attributes).toEqual({ b: 2 })
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId)
  expect(outer?.status.code).toBe(SpanStatusCode.UNSET)
})

test('an error is recorded, rethrown and ends the span', async () => {
  const failing = inSpan('failing', {}, () => {
    throw new RangeError('too far')
  })
  await expect(failing).rejects.toThrow('too far')
  const span = spans.named('failing')!
  expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'too far' })
  expect(span.attributes['error.type']).toBe('RangeError')
  expect(span.events[0]?.attributes).toMatchObject({ 'exception.message': 'too far' })
})

test('without an active span an annotation is nothing', () => {
  expect(() => annotateSpan({ a: 1 })).not.toThrow()
})

test.each([
  [new TypeError('x'), 'TypeError'],
  [Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'ECONNRESET'],
  [Object.assign(new Error('x'), { code: '23505' }), '23505'],
  [Object.assign(new Error('x'), { code: 'order 17 of ann@example.com' }), '_OTHER'],
  [Object.assign(new Error('x'), { name: 'x'.repeat(80) }), '_OTHER'],
  ['a string', '_OTHER'],
  [undefined, '_OTHER'],
])('the type of the error %s is %s, never a value of the data', (error, type) => {
  expect(errorType(error)).toBe(type)
})
