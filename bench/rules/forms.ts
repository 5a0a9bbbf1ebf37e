/** The same ten objectives as rules of two forms: ours, and the naive one that reads raw counters over every window. */

import { parseAllDocuments, stringify } from 'yaml'
import { type Objective, selection } from '../../alerts/objectives.ts'
import { plainGroups } from '../../alerts/rules.ts'
import { threshold } from '../../alerts/slo/budget.ts'
import { errorRatioOf, requestRateOf } from '../../alerts/slo/indicator.ts'
import { sloGroups } from '../../alerts/slo/rules.ts'
import { duration } from '../../contract/durations.ts'
import { dashboardUids } from '../../contract/links.ts'
import { production, ratioWindows } from '../../contract/windows.ts'
import { httpServer } from '../../otel/signals.ts'

interface Rule {
  record?: string
  alert?: string
  expr: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

export interface Group {
  name: string
  /** Such as `30s`; without it the preset's evaluation interval. */
  interval?: string
  rules: Rule[]
}

export const services = Array.from({ length: 10 }, (_, index) => `service-${index}`)

const benchObjectives = services.map(
  (service): Objective => ({
    name: `${service}-availability`,
    title: `${service} availability`,
    service,
    description: 'Requests answered without a server error',
    owner: 'bench',
    sli: {
      kind: 'availability',
      total: selection(httpServer.duration, { job: service }),
      failed: selection(httpServer.duration, {
        job: service,
        http_response_status_code: { operator: '=~', value: '5..' },
      }),
    },
    objective: 99.9,
    groupBy: [],
    traffic: { minimum: 1, minimumErrors: 5 },
    dashboard: dashboardUids.red,
  }),
)

export function staged(): Group[] {
  return plainGroups(sloGroups(benchObjectives, production)) as Group[]
}

/** Every window, the period too, is a ratio over raw counters, and an alert per tier compares two of them. */
export function naive(): Group[] {
  return benchObjectives.map(objective => {
    const labels = { slo: objective.name }
    const ratio = (window: number) => `naive:error_ratio:rate${duration(window)}`
    const recorded = (window: number) => `${ratio(window)}{slo="${objective.name}"}`
    return {
      name: `naive-${objective.name}`,
      interval: duration(production.evaluationInterval),
      rules: [
        ...[...ratioWindows(production), production.period].map(window => ({
          record: ratio(window),
          expr: errorRatioOf(objective, window, requestRateOf(objective, window)),
          labels,
        })),
        ...production.tiers.map(tier => {
          const limit = threshold(objective, production, tier)
          return {
            alert: 'NaiveBurn',
            expr: `${recorded(tier.long)} > ${limit} and ${recorded(tier.short)} > ${limit}`,
            labels: { ...labels, burn_tier: tier.name },
          }
        }),
      ],
    }
  })
}

/** The objectives as a Sloth file, for whoever has that program and wants to compare with its rules. */
export function slothSpecs(): string[] {
  const counter = `${httpServer.duration.name}_count`
  return services.map(service =>
    stringify({
      version: 'prometheus/v1',
      service,
      slos: [
        {
          name: 'availability',
          objective: 99.9,
          sli: {
            events: {
              error_query: `sum(rate(${counter}{job="${service}", http_response_status_code=~"5.."}[{{.window}}]))`,
              total_query: `sum(rate(${counter}{job="${service}"}[{{.window}}]))`,
            },
          },
          alerting: { name: `${service}Burn`, page_alert: {}, ticket_alert: {} },
        },
      ],
    }),
  )
}

/** All documents of a rule file, as some generators write one per objective. */
export function readGroups(text: string, file: string): Group[] {
  const groups = [...parseAllDocuments(text)].flatMap(
    document => (document.toJS() as { groups?: Group[] } | null)?.groups ?? [],
  )
  if (groups.length === 0) throw new Error(`Cannot read ${file}: expected a rule file with groups`)
  return groups
}
