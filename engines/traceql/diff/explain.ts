/** Differences that are known, and why they are left. */

import type { Answer } from './answers.ts'
import type { Question } from './ask.ts'
import type { RandomTraces } from './data.ts'

/** Undefined for a difference that nobody has explained. */
export function explanationOf(
  { query }: Question,
  _traces: RandomTraces,
  ours: Answer,
  theirs: Answer,
): string | undefined {
  const areBothMetrics = ours.kind === 'metrics' && theirs.kind === 'metrics'
  if (areBothMetrics && /sum_over_time/.test(query))
    return 'Tempo takes a span without the attribute as NaN, which makes the sum NaN until the next number'
  return undefined
}
