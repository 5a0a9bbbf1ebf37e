/** An objective and its tiers as Sloth reads them: its SLO, and the windows it is started with. */
import { stringify } from 'yaml'
import { alertName, type Objective } from '../../alerts/objectives.ts'
import { requestRateOf } from '../../alerts/slo/indicator.ts'
import { duration } from '../../contract/durations.ts'
import { select, selectBucket } from '../../contract/expr.ts'
import { burnFactorNumber, type Preset, type Tier } from '../../contract/windows.ts'

/** What another tool reads, or why it cannot say the same. */
export type Written = { text: string } | { why: string }

export function writeSloth(objective: Objective, preset: Preset): Written {
  if (objective.groupBy.length > 0)
    return { why: `Sloth has one budget for an SLO, and not one for each ${objective.groupBy.join(', ')}` }
  const of = (severity: Tier['severity']) => preset.tiers.filter(tier => tier.severity === severity)
  const [pages, tickets] = [of('page'), of('ticket')]
  if (pages.length !== 2 || tickets.length !== 2)
    return {
      why: `Sloth joins two tiers to a page and two to a ticket, and here are ${pages.length} and ${tickets.length}`,
    }
  const kind = (tiers: readonly Tier[]) => {
    const [quick, slow] = tiers.toSorted((a, b) => a.long - b.long).map(tier => windowOf(preset, tier))
    return { quick, slow }
  }
  const windows = {
    apiVersion: 'sloth.slok.dev/v1',
    kind: 'AlertWindows',
    spec: { sloPeriod: duration(preset.period), page: kind(pages), ticket: kind(tickets) },
  }
  return {
    text: `${comment(lostIn(objective, preset))}${yaml(sloOf(objective))}---\n# A file of its own below --slo-period-windows-path\n${yaml(windows)}`,
  }
}

function sloOf(objective: Objective): object {
  const { sli, name, service, owner, description } = objective
  const total = withWindow(requestRateOf(objective, 300))
  const failed =
    'failed' in sli
      ? `sum(rate(${select(sli.failed.metric, sli.failed.where, sli.failed.metric.kind === 'histogram' ? 'count' : '')}[{{.window}}]))`
      : `(${total} - sum(rate(${selectBucket(sli.total.metric, sli.threshold, sli.total.where)}[{{.window}}])))`
  return {
    version: 'prometheus/v1',
    service,
    labels: { owner },
    slos: [
      {
        name,
        objective: objective.objective,
        description,
        sli: { events: { error_query: failed, total_query: total } },
        alerting: {
          name: alertName(objective),
          page_alert: { labels: { severity: 'page' } },
          ticket_alert: { labels: { severity: 'ticket' } },
        },
      },
    ],
  }
}

function withWindow(query: string): string {
  return query.replace('[5m]', '[{{.window}}]')
}

/** Sloth derives the factor from the share of the budget, as we do where none is given. */
function windowOf(preset: Preset, tier: Tier): object {
  const share = (burnFactorNumber(preset, tier) * tier.long) / preset.period
  return {
    errorBudgetPercent: Number((share * 100).toPrecision(12)),
    shortWindow: duration(tier.short),
    longWindow: duration(tier.long),
  }
}

function lostIn({ traffic }: Objective, { tiers }: Preset): string[] {
  const tiersWith = (has: (tier: Tier) => boolean) =>
    tiers
      .filter(has)
      .map(({ name }) => name)
      .join(', ')
  const lost = [
    [
      `at least ${traffic.minimumErrors} errors before anything fires`,
      traffic.minimumErrors > 1 ? 'all' : '',
    ],
    ['for', tiersWith(tier => (tier.for ?? 0) > 0)],
    ['keep_firing_for', tiersWith(tier => tier.keepFiringFor > 0)],
    ['history that a tier needs', tiersWith(tier => tier.history > 0)],
    ['an alert on missing data', 'all'],
  ]
  return lost.flatMap(([what, where]) => (where === '' ? [] : [`${what} (${where})`]))
}

function comment(lost: readonly string[]): string {
  return `# Sloth has no words for:\n${lost.map(line => `#   ${line}\n`).join('')}`
}

function yaml(value: object): string {
  return stringify(value, { lineWidth: 0 })
}
