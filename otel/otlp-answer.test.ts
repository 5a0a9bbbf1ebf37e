import { expect, test } from 'vitest'
import { rejectedItems } from './otlp-answer.ts'

const protobuf = 'application/x-protobuf'
const bytes = (...all: number[]) => Buffer.from(all)

test.each<[string, Buffer, string, number | undefined]>([
  ['nothing', bytes(), protobuf, 0],
  ['nothing in JSON', bytes(), 'application/json', 0],
  ['an empty partial success', bytes(0x0a, 0), protobuf, 0],
  ['a hint alone', bytes(0x0a, 3, 0x12, 1, 0x61), protobuf, 0],
  ['300 items', bytes(0x0a, 3, 0x08, 0xac, 0x02), protobuf, 300],
  ['a count and a hint', bytes(0x0a, 5, 0x08, 1, 0x12, 1, 0x61), protobuf, 1],
  ['a count below none', bytes(0x0a, 11, 0x08, ...Array(9).fill(0xff), 1), protobuf, undefined],
  ['a page', Buffer.from('<html>welcome</html>'), protobuf, undefined],
  ['half a message', bytes(0x0a, 9, 0x08), protobuf, undefined],
  ['a count that is text', bytes(0x08, 1), protobuf, undefined],
  ['points in JSON', Buffer.from('{"partialSuccess":{"rejectedDataPoints":"7"}}'), 'application/json', 7],
  ['JSON without a type', Buffer.from('{"partialSuccess":{"rejectedSpans":2}}'), '', 2],
])('%s', (_, answer, type, rejected) => {
  expect(rejectedItems(answer, type)).toBe(rejected)
})
