/** What one policy did in one month. */
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
}
