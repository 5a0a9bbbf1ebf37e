/** Series over the steps of a query. */

import type { Labels } from '../../labels.ts'
import type { Column, Grid } from '../../vectors/grid.ts'
import type { Semantics } from '../language/ast.ts'
import type { LabelSet } from '../pipeline/state.ts'
import type { LogStorage } from '../storage.ts'
import type { Budget } from './budget.ts'

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

/** Keeps labels with an empty value: in LogQL a label that is empty is not the same as one that is missing. */
export function labelSet(pairs: Iterable<readonly [string, string]>): LabelSet {
  const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  let key = ''
  for (const [name, value] of sorted) key += `${name}\xff${value}\xff`
  return { labels: new Map(sorted), key }
}

/** What `label_replace`, `without` and operators between series leave of labels: the empty ones are gone. */
export function withoutEmpty(labels: Labels): [string, string][] {
  return [...labels].filter(([, value]) => value !== '')
}

export const hasPoints = ({ column }: Row): boolean => column.present.includes(1)
