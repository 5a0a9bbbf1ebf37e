/** Policies in our own form: the tiers that ship, and any other tiers under the same rules. */
import type { Objective } from '../../alerts/objectives.ts'
import { plainGroups, toYaml } from '../../alerts/rules.ts'
import { sloGroups } from '../../alerts/slo/rules.ts'
import { type Preset, production, type Tier } from '../../contract/windows.ts'
import type { GroupData } from '../../engines/promql/rules/from-data.ts'
import type { Definition, Policy } from './policy.ts'

export const shippedDefinition: Definition = { tiers: production.tiers, minimumErrors: undefined }

export const shipped: Policy = ownPolicy(
  'shipped',
  'The tiers that ship with Sightline',
  'contract/windows.ts',
  shippedDefinition,
)

export function shippedTier(name: string): Tier {
  return production.tiers.find(tier => tier.name === name)!
}

/** A tier of this name with other windows and factors; `hold` is its `for`. */
export function otherTier(
  name: string,
  { hold, ...chosen }: Pick<Tier, 'long' | 'short' | 'keepFiringFor'> & { factor: number; hold: number },
): Tier {
  const { severity } = shippedTier(name)
  const { long, factor } = chosen
  return {
    name,
    severity,
    ...chosen,
    budget: Number(((factor * long) / production.period).toPrecision(3)),
    history: severity === 'page' ? 0 : Math.round(long / 12),
    ...(hold === 0 ? {} : { for: hold }),
  }
}

export function ownPolicy(name: string, title: string, source: string, definition: Definition): Policy {
  return {
    name,
    title,
    source,
    definition,
    rules: (objective, clock) => ownRules(objective, clock, definition),
  }
}

function ownRules(objective: Objective, clock: Preset, definition: Definition): string {
  return toYaml({ groups: ownGroups(objective, clock, definition) }, '')
}

export function ownGroups(objective: Objective, clock: Preset, definition: Definition): GroupData[] {
  return plainGroups(sloGroups([guarded(objective, definition)], presetOf(clock, definition)))
}

function presetOf(clock: Preset, { tiers }: Definition): Preset {
  return { ...clock, tiers }
}

function guarded(objective: Objective, { minimumErrors }: Definition): Objective {
  if (minimumErrors === undefined) return objective
  return { ...objective, traffic: { ...objective.traffic, minimumErrors } }
}
