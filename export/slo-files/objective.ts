/** What every format leaves open about an objective. */

import type { Alerting, AnyObjective, Texts } from '../../alerts/objectives.ts'
import { dashboardUids } from '../../contract/links.ts'
import type { Preset } from '../../contract/windows.ts'
import type { Indicator } from './indicator.ts'

export interface Imported {
  objective: AnyObjective
  /** By what windows its own tool alerts. */
  preset: Preset
  /** File and line. */
  place: string
}

export function objectiveOf(
  { sli, groupBy }: Indicator,
  given: {
    name: string
    service: string
    title: unknown
    description: unknown
    owner: unknown
    objective: number
    infos?: Texts
    alerting?: Alerting
  },
): AnyObjective {
  const { name, service, objective, infos, alerting } = given
  const or = (value: unknown, fallback: string) =>
    typeof value === 'string' && value.trim() ? value : fallback
  return {
    name: kebab(name),
    service,
    objective,
    sli,
    title: or(given.title, name),
    description: or(given.description, name),
    owner: or(given.owner, service),
    groupBy,
    // No format knows them; five errors in a window are more than chance.
    traffic: { minimum: 1, minimumErrors: 5 },
    dashboard: dashboardUids.red,
    ...(infos !== undefined && Object.keys(infos).length > 0 && { infos }),
    ...(alerting !== undefined && { alerting }),
  }
}

/** A name as our label `slo` and the names of groups and files have it; the title keeps the original. */
function kebab(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-$/g, '')
}

/** Labels by which our own rules tell series apart. */
const own = ['slo', 'service', 'burn_tier', 'window']

/** A label that would hide one of ours from the rules that read it. */
export function clashOf(labels: Texts, service: string): string | undefined {
  return Object.keys(labels).find(
    label => own.includes(label) && !(label === 'service' && labels[label] === service),
  )
}
