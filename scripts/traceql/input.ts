/** What the verbs of traceql read alike: times, durations, files of traces, and errors that are answers and no bugs. */

import { UserError, wrongUse } from '../../contract/user-error.ts'
import { loadTraceFile } from '../../engines/traceql/files/otlp-file.ts'
import { parseNanoseconds } from '../../engines/traceql/language/tokens.ts'
import { TraceDataError } from '../../engines/traceql/otlp/read.ts'
import type { TraceStore } from '../../engines/traceql/store/memory.ts'
import { dataFile, plainlyFor, unreadable } from '../engine-input.ts'

export const plainly = plainlyFor(TraceDataError)

export function readTraces(path: string): TraceStore {
  try {
    const store = loadTraceFile(dataFile(path))
    const { droppedSpans, spans } = store.stats()
    if (spans === 0) throw new UserError({ action: `read --data ${path}`, expected: 'spans', got: 'none' })
    if (droppedSpans > 0)
      console.error(`${droppedSpans} spans left out: the oldest, beyond what the store may hold`)
    return store
  } catch (error) {
    throw unreadable(error, path)
  }
}

/** Nanoseconds since the epoch, of seconds or of 2026-01-31T12:00:00Z. */
export function timeOption(name: string, text: string): bigint {
  if (/^\d{1,10}(\.\d+)?$/.test(text)) return BigInt(Math.round(Number(text) * 1000)) * 1_000_000n
  const milliseconds = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(milliseconds)) return BigInt(milliseconds) * 1_000_000n
  throw wrongUse(
    `Cannot read --${name}: expected seconds since the epoch or a time such as 2026-01-31T12:00:00Z, got "${text}"`,
  )
}

/** Nanoseconds. */
export function durationOption(name: string, text: string): bigint {
  const nanoseconds = parseNanoseconds(text)
  if (nanoseconds !== undefined && nanoseconds > 0) return BigInt(nanoseconds)
  throw wrongUse(`Cannot read --${name}: expected a duration above 0 such as 15s or 5m, got "${text}"`)
}

export function countOption(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw wrongUse(`Cannot read --${name}: expected a whole number, got "${text}"`)
}
