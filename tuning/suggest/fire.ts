/** When a tier would have fired, from the steps at which its windows burned; the rule evaluator says the same. */
import { burnFactorNumber, intervalOf, type Preset, type Tier } from '../../contract/windows.ts'
import { day } from '../scenarios/scenario.ts'
import type { Firing } from '../simulate/run.ts'
import { keyOfPair, type SearchMonth } from './columns.ts'

/** What was pending and never fired is left out. */
export function firingsOf(month: SearchMonth, clock: Preset, tier: Tier, minimumErrors: number): Firing[] {
  const found = month.steps[keyOfPair(tier)]
  if (found === undefined) throw new Error(`Cannot try ${keyOfPair(tier)}: expected a pair of the search`)
  const { steps, burn, errors, history } = found
  const step = intervalOf(clock, tier.severity) * 1000
  const factor = burnFactorNumber(clock, tier)
  const hold = (tier.for ?? 0) * 1000
  // It stays for so long after the last step at which everything held.
  const stays = step + Math.ceil((tier.keepFiringFor * 1000) / step) * step
  const labels = { severity: tier.severity, burn_tier: tier.name }
  const firings: Firing[] = []
  let open: Firing | undefined
  let last = 0
  for (let at = 0; at < steps.length; at++) {
    if (!(burn[at]! > factor && errors[at]! >= minimumErrors && history[at]! >= tier.history)) continue
    const time = steps[at]! * step
    if (open !== undefined && time > last + (open.firedAt === undefined ? step : stays)) {
      if (open.firedAt !== undefined) firings.push({ ...open, resolvedAt: last + stays })
      open = undefined
    }
    open ??= { alert: tier.name, labels, activeAt: time, firedAt: undefined, resolvedAt: undefined }
    if (open.firedAt === undefined && time - open.activeAt >= hold) open.firedAt = time
    last = time
  }
  if (open?.firedAt !== undefined) {
    const isOver = last + stays <= month.setting.days * day * 1000
    firings.push({ ...open, resolvedAt: isOver ? last + stays : undefined })
  }
  return firings
}
