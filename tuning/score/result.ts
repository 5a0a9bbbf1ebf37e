/** What one policy did in one month. */
import type { Span } from '../scenarios/span.ts'
import type { Firing } from '../simulate/run.ts'
import type { Verdict } from './judge.ts'

export interface Result {
  scenario: string
  objective: string
  seed: number
  policy: string
  verdict: Verdict
  firings: Firing[]
  errors: string[]
  /** Where a report wants it. */
  drawn?: Drawn[]
}

/** A span and how near to holding the conditions of all alerts were in it. */
export interface Drawn {
  span: Span
  lines: Line[]
}

export interface Line {
  alert: string
  severity: 'page' | 'ticket'
  condition: string
  /** The highest in each of so many equal parts of the span: 1 and more where it held; NaN where there was nothing. */
  nearness: number[]
}
