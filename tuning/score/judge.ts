/** Holds what a policy fired against what really happened. Times are seconds. */
import type { Objective } from '../../alerts/objectives.ts'
import { type Events, shareOf } from '../scenarios/events.ts'
import { day, hour, type Incident, minute, type Wanted } from '../scenarios/scenario.ts'
import type { Firing } from '../simulate/run.ts'

/** Alerts of one severity that fire at the same time reach people as one notification. */
interface Notification {
  severity: 'page' | 'ticket'
  from: number
  /** Undefined while it still fires at the end. */
  to: number | undefined
  /** Of the incident it is about; undefined when it is false. */
  incident: string | undefined
  /** Of each alert in it. */
  labels: Readonly<Record<string, string>>[]
}

interface IncidentVerdict {
  id: string
  wanted: Wanted
  start: number
  end: number
  /** Seconds from the start to the notification that was wanted; undefined when none came. */
  detection: number | undefined
  /** Seconds the last notification about it went on after its end. */
  reset: number | undefined
  /** Share of the period's budget that was spent by then, or by its end where nobody was told; undefined where unknown. */
  budgetSpent: number | undefined
  /** A condition held, though not for long enough to fire. */
  nearMiss: boolean
}

export interface Verdict {
  length: number
  /** Where what still fires is cut off. */
  end: number
  notifications: Notification[]
  incidents: IncidentVerdict[]
}

/** How long after its end an incident may still set off an alert that is about it. */
const grace = { page: 15 * minute, ticket: 6 * hour }

export function judge(
  objective: Objective,
  events: Pick<Events, 'incidents' | 'truth' | 'scrapes'>,
  firings: readonly Firing[],
  length: number,
  scrapeInterval: number,
  reads?: Reads,
): Verdict {
  const incidents = events.incidents.map(incident => ({
    ...incident,
    wanted: wantedBy(objective, incident, reads),
  }))
  const spent = budgetCounter(objective, events, scrapeInterval)
  return judgeSpan(incidents, firings, { start: 0, end: length }, spent)
}

/** What is known of an incident that really happened. */
export interface KnownIncident {
  id: string
  start: number
  end: number
  wanted: Wanted
  /** An alert that has another value of one of them is about something else. */
  labels?: Readonly<Record<string, string>>
}

/** A ticket is right for what should have paged, and a page wakes nobody in vain only where one was wanted. */
export function judgeSpan(
  incidents: readonly KnownIncident[],
  firings: readonly Firing[],
  { start, end }: { start: number; end: number },
  spent?: (from: number, to: number) => number,
): Verdict {
  const of = (severity: 'page' | 'ticket') =>
    merged(
      firings.filter(each => severityOf(each) === severity),
      severity,
    )
  const notifications = [...of('page'), ...of('ticket')].map(each => ({
    ...each,
    incident: incidents.find(incident => isAbout(each, incident))?.id,
  }))
  return {
    length: end - start,
    end,
    notifications,
    incidents: incidents
      .filter(({ wanted }) => wanted !== 'nothing')
      .map(incident => verdictOn(incident, notifications, firings, spent)),
  }
}

function verdictOn(
  incident: KnownIncident,
  notifications: readonly Notification[],
  firings: readonly Firing[],
  spent: ((from: number, to: number) => number) | undefined,
): IncidentVerdict {
  const { id, wanted, start, end } = incident
  const about = notifications.filter(
    each => isAbout(each, incident) && (wanted === 'ticket' || each.severity === 'page'),
  )
  const first = about.toSorted((a, b) => a.from - b.from)[0]
  const told = first === undefined ? undefined : Math.max(0, first.from - start)
  const ends = about.filter(each => each.to !== undefined && each.to > end).map(each => each.to! - end)
  return {
    id,
    wanted,
    start,
    end,
    detection: told,
    reset:
      first === undefined || about.some(each => each.to === undefined) ? undefined : Math.max(0, ...ends),
    budgetSpent: spent?.(start, told === undefined ? end : Math.min(end, start + told)),
    nearMiss:
      told === undefined &&
      firings.some(
        each =>
          each.firedAt === undefined && each.activeAt / 1000 < end && (each.resolvedAt ?? 0) / 1000 > start,
      ),
  }
}

/** What a rule file looks at, where that does not follow from an objective. */
interface Reads {
  errors: boolean
  slow: boolean
}

/** An incident that does not touch what the objective counts is none to it. */
function wantedBy({ sli, objective }: Objective, { effect, wanted }: Incident, reads?: Reads): Wanted {
  if (effect.unseen) return wanted
  if (reads !== undefined)
    return (reads.errors && effect.errors !== undefined) || (reads.slow && effect.slow !== undefined)
      ? wanted
      : 'nothing'
  const isDelay = countsDelays(sli)
  if (!isDelay) return effect.errors === undefined ? 'nothing' : wanted
  // Where everything fails nothing is left to be slow.
  const failing =
    sli.kind === 'latency' && effect.errors !== undefined ? shareOf(effect.errors, 1 - objective / 100) : 0
  return effect.slow === undefined || failing >= 1 ? 'nothing' : wanted
}

function isAbout(
  { severity, from, to, labels: all }: Notification,
  { start, end, wanted, labels = {} }: KnownIncident,
): boolean {
  if (wanted === 'nothing' || (severity === 'page' && wanted !== 'page')) return false
  const fits = (alert: Readonly<Record<string, string>>) =>
    Object.entries(labels).every(([label, value]) => (alert[label] ?? value) === value)
  if (!all.some(fits)) return false
  return from < end + grace[severity] && (to ?? Number.POSITIVE_INFINITY) > start
}

/** An alert without a severity wakes people, because nothing tells Alertmanager otherwise. */
export function severityOf({ labels }: Pick<Firing, 'labels'>): 'page' | 'ticket' {
  const severity = labels.severity?.toLowerCase()
  return severity === undefined || paging.includes(severity) ? 'page' : 'ticket'
}

const paging = ['page', 'critical', 'emergency', 'high', 'p1', 'sev1']

function merged(firings: readonly Firing[], severity: 'page' | 'ticket'): Notification[] {
  const found: Notification[] = []
  const fired = firings
    .filter(({ firedAt }) => firedAt !== undefined)
    .toSorted((a, b) => a.firedAt! - b.firedAt!)
  for (const { firedAt, resolvedAt, labels } of fired) {
    const from = firedAt! / 1000
    const to = resolvedAt === undefined ? undefined : resolvedAt / 1000
    const last = found.at(-1)
    if (last !== undefined && (last.to === undefined || from <= last.to)) {
      last.labels.push(labels)
      if (last.to !== undefined) last.to = to === undefined ? undefined : Math.max(last.to, to)
    } else found.push({ severity, from, to, incident: undefined, labels: [labels] })
  }
  return found
}

/** Share of the budget of a period as long as the objective's with this month's traffic. */
function budgetCounter(
  objective: Objective,
  { truth, scrapes }: Pick<Events, 'truth' | 'scrapes'>,
  scrapeInterval: number,
) {
  const isDelay = countsDelays(objective.sli)
  const bad = isDelay ? truth.slow : truth.failed
  const all = truth.all[scrapes - 1]! * ((30 * day) / (scrapes * scrapeInterval))
  const budget = all * (1 - objective.objective / 100)
  const at = (time: number) => bad[Math.min(scrapes - 1, Math.max(0, Math.floor(time / scrapeInterval)))]!
  return (from: number, to: number) => (budget === 0 ? 0 : (at(to) - at(from)) / budget)
}

/** Whether bad events are late ones. */
export function countsDelays({ kind }: Objective['sli']): boolean {
  return kind === 'latency' || kind === 'freshness'
}
