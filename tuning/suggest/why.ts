/** Why each number of a policy is what it is: what its neighbours would have cost in the months of the search. */
import type { Objective } from '../../alerts/objectives.ts'
import { duration, roundedDuration } from '../../contract/durations.ts'
import type { Tier } from '../../contract/windows.ts'
import type { Candidate, Part, Trial } from './search.ts'
import { errorGuards, isAllowed, isPair, keepFiringFors, type Role, roles } from './space.ts'

export interface Reason {
  /** Such as `fast.long`. */
  choice: string
  value: string
  /** One sentence, such as `With 30m people hear 2m sooner; with 2h nothing changes`. */
  why: string
}

type Field = 'long' | 'short' | 'factor' | 'for' | 'keepFiringFor'

export function reasonsFor(trial: Trial, objective: Objective, candidate: Candidate): Reason[] {
  const { tiers, minimumErrors } = candidate
  const partWith = (severity: Tier['severity'], changed: readonly Tier[], errors = minimumErrors) =>
    trial.part(
      changed.filter(tier => tier.severity === severity),
      errors,
      severity,
    )
  const guards = neighbours(errorGuards, minimumErrors)
    .filter(errors => isAllowed(objective, tiers, errors))
    .map(errors => `with ${errors} ${difference(partWith('page', tiers), partWith('page', tiers, errors))}`)
  const reasons: Reason[] = [{ choice: 'minimumErrors', value: String(minimumErrors), why: sentence(guards) }]
  for (const tier of tiers) {
    const role = roles.find(({ name }) => name === tier.name)!
    const base = partWith(tier.severity, tiers)
    for (const field of ['long', 'short', 'factor', 'for', 'keepFiringFor'] as const) {
      const others = neighbours(optionsFor(role, field), tier[field] ?? 0).flatMap(value => {
        const changed = { ...tier, [field]: value }
        if (!isPair(changed) || !isAllowed(objective, [changed], minimumErrors)) return []
        const all = tiers.map(each => (each === tier ? changed : each))
        return [`with ${written(field, value)} ${difference(base, partWith(tier.severity, all))}`]
      })
      reasons.push({
        choice: `${tier.name}.${field}`,
        value: written(field, tier[field] ?? 0),
        why: sentence(others),
      })
    }
  }
  return reasons
}

function optionsFor(role: Role, field: Field): readonly number[] {
  if (field === 'keepFiringFor') return keepFiringFors
  return field === 'factor' ? role.factors : role[field]
}

/** The next smaller one and the next larger one. */
function neighbours(options: readonly number[], value: number): number[] {
  const smaller = options.filter(each => each < value)
  const larger = options.filter(each => each > value)
  return [
    ...(smaller.length > 0 ? [Math.max(...smaller)] : []),
    ...(larger.length > 0 ? [Math.min(...larger)] : []),
  ]
}

function written(field: Field, value: number): string {
  if (field === 'factor') return String(value)
  return value === 0 ? 'none' : duration(value)
}

function sentence(parts: readonly string[]): string {
  return parts.length === 0
    ? 'The checks on rules, or what else was chosen, leave no other value'
    : parts.join('; ').replace(/^w/, 'W')
}

/** What the other one changes, such as `people hear 2m later, 0.10 fewer a week are false`. */
function difference(base: Part, other: Part): string {
  const [one, two] = [base.figures, other.figures]
  const parts: string[] = []
  const seconds = two.wait - one.wait
  if (Math.abs(seconds) > one.wait / 100)
    parts.push(`people hear ${roundedDuration(Math.abs(seconds))} ${seconds > 0 ? 'later' : 'sooner'}`)
  const add = (value: number, least: number, text: (amount: string) => string, digits = 2) => {
    if (Math.abs(value) >= least)
      parts.push(text(`${Math.abs(value).toFixed(digits)} ${value > 0 ? 'more' : 'fewer'}`))
  }
  add(two.missed - one.missed, 1, amount => `nobody hears of ${amount} incidents`, 0)
  if (Math.abs(two.falseOnes - one.falseOnes) >= 0.005)
    add(two.falseOnes - one.falseOnes, 0.005, amount => `${amount} a week are false`)
  else
    add(other.risk - base.risk, 0.005, amount => `${amount} a week would be false in slightly worse months`)
  add(two.repeated - one.repeated, 0.005, amount => `${amount} a week repeat what is known`)
  add(two.idle - one.idle, 0.05, amount => `${amount} hours a week fire for nothing`)
  return parts.length === 0 ? 'nothing changes' : parts.join(', ')
}
