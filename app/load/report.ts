/** What a person reads while a run goes on and when it is over. */

import { type JourneyBudget, type JourneyName, journeyBudgets } from '../../contract/budgets.ts'
import { roundedDuration } from '../../contract/durations.ts'
import type { LoadRun } from './generator.ts'
import type { JourneyResult } from './measurements.ts'
import { isJudged, type LoadResult, ms, percent } from './verdict.ts'

/** One line on the window since the last call. */
export function progressLine(run: LoadRun, targetRate: number, windowSeconds: number): string {
  const { requests, errors, p50, p95, p99 } = run.measurements.takeWindow()
  const dropped = run.measurements.dropped()
  return [
    roundedDuration(run.elapsed()).padStart(7),
    `${targetRate.toFixed(1)} journeys/s`,
    `${(requests / windowSeconds).toFixed(1)} requests/s`,
    `p50 ${ms(p50)}  p95 ${ms(p95)}  p99 ${ms(p99)}`,
    `errors ${percent(requests === 0 ? 0 : errors / requests)}`,
    `in flight ${run.inFlight()}`,
    ...(dropped === 0 ? [] : [`dropped ${dropped}`]),
  ].join('  ')
}

/** Per journey, each percentile beside its budget; a dash where too few requests came to judge. */
export function summary(result: LoadResult): string {
  const journeys = Object.entries(result.journeys) as [JourneyName, JourneyResult][]
  const rows = journeys.map(([name, journey]) => {
    const budget: JourneyBudget = journeyBudgets[name]
    const within = (at: 'p95' | 'p99') =>
      `${ms(journey[at].value)} ${isJudged(journey, at) ? (journey[at].value > budget[at] ? '>' : '≤') : '-'} ${ms(budget[at])}`
    const ratio = journey.errors / journey.requests
    return [
      name,
      String(journey.requests),
      ms(journey.p50.value),
      within('p95'),
      within('p99'),
      ms(journey.max),
      `${percent(ratio)} ${ratio > budget.errorRatio ? '>' : '≤'} ${percent(budget.errorRatio)}`,
    ]
  })
  const header = ['JOURNEY', 'REQUESTS', 'P50', 'P95', 'P99', 'MAX', 'ERRORS']
  return [
    alignColumns([header, ...rows]),
    `${journeys.reduce((sum, [, journey]) => sum + journey.requests, 0)} requests in ${roundedDuration(result.duration)}, ${result.dropped} dropped`,
  ].join('\n')
}

function alignColumns(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows
    .map(row =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n')
}
