/** Answers of OTLP: an empty object, or what was left out; and the status of an error, as gRPC has it. */
import type { Signal } from './schema.ts'

/** What a store made of a request. */
export interface Taken {
  count: number
  /** Of the items, how many were left out, and why. */
  rejected?: number | undefined
  message?: string | undefined
}

const rejectedFields: Record<Signal, string> = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
}

export function encodeResponse(signal: Signal, taken: Taken, isJson: boolean): string | Buffer {
  const { rejected = 0, message = '' } = taken
  if (rejected === 0 && message === '') return isJson ? '{}' : Buffer.alloc(0)
  if (isJson)
    return JSON.stringify({
      partialSuccess: { [rejectedFields[signal]]: String(rejected), errorMessage: message },
    })
  // Field 1 of the response: rejected is its field 1, the message its field 2.
  return lengthDelimited(1, Buffer.concat([Buffer.from([8]), varint(rejected), text(2, message)]))
}

const invalidArgument = 3

export function encodeStatus(message: string, isJson: boolean): string | Buffer {
  if (isJson) return JSON.stringify({ code: invalidArgument, message })
  return Buffer.concat([Buffer.from([8, invalidArgument]), text(2, message)])
}

function text(field: number, value: string): Buffer {
  return value === '' ? Buffer.alloc(0) : lengthDelimited(field, Buffer.from(value))
}

function lengthDelimited(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([field * 8 + 2]), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}
