/** Differences that are no fault of either side, each recognised by a rule that fits nothing else. */

import type { Store } from '../store/memory.ts'
import type { Answer } from './answers.ts'
import type { Difference } from './diff-compare.ts'
import type { Case } from './diff-shrink.ts'

export interface Circumstances {
  ours: Answer
  theirs: Answer
  store: Store
  /** Of the real server's version. */
  major: number
}

/** The reason, or undefined when the difference has to be looked at. */
export function explanationOf(
  _found: Case,
  _difference: Difference,
  _circumstances: Circumstances,
): string | undefined {
  return undefined
}
