/** What the verbs of promql read alike: times, durations, data files, and errors that are answers and no bugs. */

import { UserError, wrongUse } from '../../contract/user-error.ts'
import { parseDuration } from '../../engines/durations.ts'
import type { QueryOptions } from '../../engines/promql/engine/results.ts'
import { type DataFile, loadDataFile } from '../../engines/promql/files/data-file.ts'
import { allFeatures, type Feature } from '../../engines/promql/language/features.ts'
import { RuleFileError } from '../../engines/promql/rules/groups.ts'
import { parseTime } from '../../engines/promql/serve/parameters.ts'
import { SnapshotError } from '../../engines/promql/store/bytes.ts'
import { StoreError } from '../../engines/promql/store/memory.ts'
import { MetricsError } from '../../engines/promql/text/openmetrics.ts'
import { dataFile, plainlyFor, unreadable } from '../engine-input.ts'

/** As Prometheus takes it, apart by commas. */
export const featureOptions = { 'enable-feature': { type: 'string', default: '' } } as const

export const featureUsage = `  --enable-feature F Prometheus' experiments to allow, apart by commas: ${allFeatures.join(', ')}`

export const dataOptions = {
  data: { type: 'string' },
  'nan-is-stale': { type: 'boolean', default: false },
  semantics: { type: 'string', default: '3' },
  ...featureOptions,
} as const

export const dataUsage = `  --data FILE        samples: an OpenMetrics dump, Prometheus' text format with or without times, or a snapshot;
                     - is stdin
  --nan-is-stale     read each NaN as the end of its series; promtool writes the two alike
  --semantics 2|3    which Prometheus to answer as: 2 includes the left edge of a range, 3 (default) does not
${featureUsage}`

export const plainly = plainlyFor(MetricsError, SnapshotError, StoreError, RuleFileError)

export function readData(path: string, nanIsStale: boolean): DataFile {
  try {
    const data = loadDataFile(dataFile(path), { nanIsStale })
    tellLeftOut(data)
    if (data.store.stats().samples === 0)
      throw new UserError({ action: `read --data ${path}`, expected: 'samples', got: 'none' })
    return data
  } catch (error) {
    throw unreadable(error, path)
  }
}

/** What of a file is not in the store, so that no answer is silently about a part. */
export function tellLeftOut({ refused, dropped }: { refused: number; dropped: number }): void {
  if (refused > 0)
    console.error(`${refused} samples left out: their series has another value at the same time`)
  if (dropped > 0) console.error(`${dropped} samples left out: the oldest, beyond what the store may hold`)
}

/** Milliseconds of an RFC 3339 time or seconds since the epoch. */
export function timeOption(name: string, text: string): number {
  const time = parseTime(text)
  if (time !== undefined) return time
  throw wrongUse(
    `Cannot read --${name}: expected seconds since the epoch or a time such as 2026-01-31T12:00:00Z, got "${text}"`,
  )
}

/** Milliseconds of a duration or of seconds. */
export function durationOption(name: string, text: string): number {
  const duration = /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : parseDuration(text)
  if (duration !== undefined && duration > 0) return duration
  throw wrongUse(`Cannot read --${name}: expected a duration above 0 such as 15s or 5m, got "${text}"`)
}

export function semanticsOption(text: string): NonNullable<QueryOptions['semantics']> {
  if (text === '2' || text === '3') return `prometheus-${text}`
  throw wrongUse(`Cannot read --semantics: expected 2 or 3, got "${text}"`)
}

export function featuresOption(text: string): Feature[] {
  return text
    .split(',')
    .filter(Boolean)
    .map(name => {
      const feature = allFeatures.find(one => one === name)
      if (feature !== undefined) return feature
      throw wrongUse(`Cannot read --enable-feature: expected one of ${allFeatures.join(', ')}, got "${name}"`)
    })
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
