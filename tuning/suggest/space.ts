/** What the search chooses from. Every choice passes the checks that `npm run generate` makes of what ships. */
import type { Objective } from '../../alerts/objectives.ts'
import { checkObjectives, checkPresets } from '../../alerts/slo/check.ts'
import { burnFactorNumber, production, type Severity, type Tier } from '../../contract/windows.ts'
import { otherTier, shippedTier } from '../policies/own.ts'
import { hour, minute } from '../scenarios/scenario.ts'
import { keyOfPair, type Pair } from './columns.ts'

/** A tier of a policy: how it is named, and what it may look at. */
export interface Role {
  name: string
  severity: Severity
  long: readonly number[]
  short: readonly number[]
  factors: readonly number[]
  for: readonly number[]
}

export const roles: readonly Role[] = [
  {
    name: 'fast',
    severity: 'page',
    long: [15 * minute, 30 * minute, hour, 2 * hour],
    short: [5 * minute, 10 * minute, 15 * minute],
    factors: [6, 8, 10, 14.4, 20, 30, 50],
    for: [0, minute, 2 * minute],
  },
  {
    name: 'medium',
    severity: 'page',
    // Longer windows sum means that are recorded with the tickets' rules, every few minutes, which is late for a page.
    long: [2 * hour, 3 * hour, 6 * hour],
    short: [15 * minute, 30 * minute, hour],
    factors: [3, 4, 5, 6, 8],
    for: [0, 5 * minute],
  },
  {
    name: 'slow',
    severity: 'ticket',
    long: [6 * hour, 12 * hour, 24 * hour],
    short: [hour, 2 * hour, 4 * hour],
    factors: [2, 2.5, 3, 4],
    for: [0],
  },
  {
    name: 'trickle',
    severity: 'ticket',
    long: [24 * hour, 48 * hour, 72 * hour],
    short: [4 * hour, 6 * hour, 12 * hour],
    factors: [1, 1.2, 1.5],
    for: [0],
  },
]

export const errorGuards: readonly number[] = [2, 3, 5, 8, 12, 20, 35]
export const keepFiringFors: readonly number[] = [0, 5 * minute, 10 * minute, 15 * minute, 30 * minute]

/** A short window above a third of the long one hardly ends an alert sooner; one below a 24th is not tried. */
export function isPair({ long, short }: Pick<Pair, 'long' | 'short'>): boolean {
  return short * 3 <= long && short * 24 >= long
}

export function tiersOf(role: Role, objective: Objective, minimumErrors: number): Tier[] {
  const { name } = role
  const { keepFiringFor } = shippedTier(name)
  return role.long.flatMap(long =>
    role.short
      .filter(short => isPair({ long, short }))
      .flatMap(short =>
        role.factors.flatMap(factor =>
          role.for
            .map(hold => otherTier(name, { long, short, factor, hold, keepFiringFor }))
            .filter(tier => isAllowed(objective, [tier], minimumErrors)),
        ),
      ),
  )
}

/** The pairs of all roles and of the tiers that ship, each once. */
export function allPairs(): Pair[] {
  const pairs = roles.flatMap(({ severity, long, short }) =>
    long.flatMap(each => short.map(other => ({ severity, long: each, short: other })).filter(isPair)),
  )
  const all = [...pairs, ...production.tiers]
  return [
    ...new Map(
      all.map(({ severity, long, short }) => [
        keyOfPair({ severity, long, short }),
        { severity, long, short },
      ]),
    ).values(),
  ]
}

export function isAllowed(objective: Objective, tiers: readonly Tier[], minimumErrors: number): boolean {
  const budget = 1 - objective.objective / 100
  if (tiers.some(tier => burnFactorNumber(production, tier) * budget >= 1)) return false
  const preset = { ...production, tiers }
  const guarded = { ...objective, traffic: { ...objective.traffic, minimumErrors } }
  return checkPresets([preset]).length === 0 && checkObjectives([guarded], [preset]).length === 0
}
