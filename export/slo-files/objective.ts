/** What both formats leave open about an objective. */

import type { Objective, Sli } from '../../alerts/objectives.ts'
import { dashboardUids } from '../../contract/links.ts'

export function objectiveOf(
  sli: Sli,
  given: {
    name: string
    service: string
    title: unknown
    description: unknown
    owner: unknown
    objective: number
  },
): Objective {
  const { name, service, objective } = given
  const or = (value: unknown, fallback: string) =>
    typeof value === 'string' && value.trim() ? value : fallback
  return {
    name,
    service,
    objective,
    sli,
    title: or(given.title, name),
    description: or(given.description, name),
    owner: or(given.owner, service),
    groupBy: [],
    // Neither format knows them; five errors in a window are more than chance.
    traffic: { minimum: 1, minimumErrors: 5 },
    dashboard: dashboardUids.red,
  }
}
