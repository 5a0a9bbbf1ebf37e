/** What the verbs of logql read alike: times, log files, and errors that are answers and no bugs. */

import { UserError, wrongUse } from '../../contract/user-error.ts'
import { parseDuration } from '../../engines/durations.ts'
import { LogFileError } from '../../engines/logql/files/otlp-file.ts'
import { type Instant, parseInstant } from '../../engines/logql/text/instant.ts'
import { QueryError } from '../../engines/query-error.ts'

export const dataUsage = `  --data FILE        log records: one OTLP request in JSON on each line`

/** Turns what was thrown about the user's input into a plain message. */
export async function plainly<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof QueryError || error instanceof LogFileError) throw new UserError(error.message)
    const { code, path } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && path !== undefined)
      throw new UserError(`Cannot read ${path}: no such file or folder`)
    if (code === 'EISDIR') throw new UserError('Cannot read --data: expected a file, got a folder')
    throw error
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
