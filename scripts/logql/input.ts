/** What the verbs of logql read alike: times, log files, and errors that are answers and no bugs. */

import { UserError, wrongUse } from '../../contract/user-error.ts'
import { parseDuration } from '../../engines/durations.ts'
import { LogFileError, loadLogFile } from '../../engines/logql/files/otlp-file.ts'
import { type Instant, parseInstant } from '../../engines/logql/text/instant.ts'
import { dataFile, plainlyFor, unreadable } from '../engine-input.ts'

export const dataUsage = `  --data FILE        log records: one OTLP request in JSON on each line; - is stdin`

export const plainly = plainlyFor(LogFileError)

export function readLogs(path: string): ReturnType<typeof loadLogFile> {
  try {
    const store = loadLogFile(dataFile(path))
    if (store.stats().entries === 0)
      throw new UserError({ action: `read --data ${path}`, expected: 'log records', got: 'none' })
    return store
  } catch (error) {
    throw unreadable(error, path)
  }
}

export function timeOption(name: string, text: string): Instant {
  const time = parseInstant(text)
  if (time !== undefined) return time
  throw wrongUse(
    `Cannot read --${name}: expected seconds or nanoseconds since the epoch or 2026-01-31T12:00:00Z, got "${text}"`,
  )
}

export function durationOption(name: string, text: string): number {
  const duration = parseDuration(text)
  if (duration !== undefined && duration > 0) return duration
  throw wrongUse(`Cannot read --${name}: expected a duration such as 30s or 5m, got "${text}"`)
}
