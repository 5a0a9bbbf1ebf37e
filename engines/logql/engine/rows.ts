/** Series over the steps of a query. */

import type { Labels } from '../../labels.ts'
import { type Column, type Grid, newColumn } from '../../vectors/grid.ts'
import type { Semantics } from '../language/ast.ts'
import type { LabelSet } from '../pipeline/state.ts'
import type { LogStorage } from '../storage.ts'
import type { Budget } from './budget.ts'

export { type Column, newColumn }

/** A series; a result may hold several of the same labels as long as they have no point in common. */
export interface Row extends LabelSet {
  column: Column
}

/** All that is the same throughout the evaluation of one query. */
export interface Run {
  storage: LogStorage
  query: string
  grid: Grid
  budget: Budget
  semantics: Semantics
}

/** Labels of which empty ones are kept: in LogQL they are not the same as none. */
export function labelSet(pairs: Iterable<readonly [string, string]>): LabelSet {
  const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  let key = ''
  for (const [name, value] of sorted) key += `${name}\xff${value}\xff`
  return { labels: new Map(sorted), key }
}

/** What operations that rebuild labels leave of them, which is no empty one. */
export function withoutEmpty(labels: Labels): [string, string][] {
  return [...labels].filter(([, value]) => value !== '')
}

export const isPresent = ({ column }: Row): boolean => column.present.includes(1)
