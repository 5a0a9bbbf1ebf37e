/** Budgets and objectives as thresholds, so that a number turns red exactly where it is judged. */
import { objectives } from '../alerts/objectives.ts'
import type { Threshold } from './kit/model.ts'

/** Good below the limit, bad from it on. */
export function below(limit: number): Threshold[] {
  return [{ colour: 'good' }, { from: limit, colour: 'bad' }]
}

/** Bad below the limit, good from it on. */
export function atLeast(limit: number): Threshold[] {
  return [{ colour: 'bad' }, { from: limit, colour: 'good' }]
}

/** Good at zero, bad from the first one on. */
export const none: Threshold[] = [{ colour: 'good' }, { from: 1, colour: 'bad' }]

/** A number without a limit. */
export const plain: Threshold[] = [{ colour: 'neutral' }]

/** What is left of an error budget: spent, nearly spent, fine. */
export const budgetLeft: Threshold[] = [
  { colour: 'bad' },
  { from: 0, colour: 'warning' },
  { from: 0.25, colour: 'notice' },
  { from: 0.5, colour: 'good' },
]

/** The strictest promise on latency, in seconds. */
export const latencyObjective = Math.min(
  ...objectives.flatMap(({ sli }) => (sli.kind === 'latency' ? [sli.threshold] : [])),
)

/** The smallest share of failures an objective on availability allows. */
export const availabilityBudget = Math.min(
  ...objectives.flatMap(({ sli, objective }) =>
    sli.kind === 'availability' ? [Number((1 - objective / 100).toPrecision(6))] : [],
  ),
)
