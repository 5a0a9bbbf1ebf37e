/** Adds the verdicts on one policy up to its score. */
import { day, hour } from '../scenarios/scenario.ts'
import type { Verdict } from './judge.ts'

/** Undefined where there was nothing to measure; that is not 0. */
export interface Score {
  /** Medians over the detected incidents, in seconds. */
  pageDetection: number | undefined
  ticketDetection: number | undefined
  reset: number | undefined
  /** Share of notifications that were about something. */
  precision: number | undefined
  /** Share of incidents that somebody was told of as wanted. */
  recall: number | undefined
  pagesPerWeek: number
  ticketsPerWeek: number
  falsePagesPerWeek: number
  falseTicketsPerWeek: number
  /** Between 22:00 and 06:00. */
  nightPagesPerWeek: number
  /** Mean share of the period's budget spent before somebody was told, or all of it where nobody was. */
  budgetSpent: number | undefined
  /** Hours a week in which something fired though nothing was wrong any more. */
  idleHoursPerWeek: number
  nearMisses: number
  /** Per week, by weighting; 0 is perfect. */
  cost: Record<Weighting, number>
}

export type Weighting = keyof typeof weightings

/** After the profiles of the Numenta Anomaly Benchmark: what a false notification and a miss cost. */
export const weightings = {
  balanced: { false: 0.11, missed: 1 },
  quiet: { false: 0.22, missed: 1 },
  safe: { false: 0.11, missed: 2 },
} as const

export function scoreOf(verdicts: readonly Verdict[]): Score {
  const weeks = verdicts.reduce((sum, { length }) => sum + length, 0) / (7 * day)
  const notifications = verdicts.flatMap(verdict => verdict.notifications)
  const incidents = verdicts.flatMap(verdict => verdict.incidents)
  const [pages, tickets] = [
    notifications.filter(({ severity }) => severity === 'page'),
    notifications.filter(({ severity }) => severity === 'ticket'),
  ]
  const isFalse = ({ incident }: { incident: string | undefined }) => incident === undefined
  const detected = incidents.filter(({ detection }) => detection !== undefined)
  const detectionOf = (wanted: 'page' | 'ticket') =>
    median(detected.filter(each => each.wanted === wanted).map(each => each.detection!))
  const [wrong, missed] = [notifications.filter(isFalse).length, incidents.length - detected.length]
  return {
    pageDetection: detectionOf('page'),
    ticketDetection: detectionOf('ticket'),
    reset: median(detected.flatMap(({ reset }) => (reset === undefined ? [] : [reset]))),
    precision: ratio(notifications.length - wrong, notifications.length),
    recall: ratio(detected.length, incidents.length),
    pagesPerWeek: pages.length / weeks,
    ticketsPerWeek: tickets.length / weeks,
    falsePagesPerWeek: pages.filter(isFalse).length / weeks,
    falseTicketsPerWeek: tickets.filter(isFalse).length / weeks,
    nightPagesPerWeek: pages.filter(({ from }) => isNight(from)).length / weeks,
    budgetSpent: mean(incidents.flatMap(({ budgetSpent }) => budgetSpent ?? [])),
    idleHoursPerWeek: sum(verdicts.map(idleSeconds)) / hour / weeks,
    nearMisses: incidents.filter(({ nearMiss }) => nearMiss).length,
    cost: Object.fromEntries(
      Object.entries(weightings).map(([name, weights]) => [
        name,
        (weights.false * wrong + weights.missed * missed) / weeks,
      ]),
    ) as Score['cost'],
  }
}

/** Mean of a figure over seeds, and how far the true mean may lie from it with 95 % confidence. */
export interface Estimate {
  mean: number
  /** Undefined with one seed, which says nothing of chance. */
  within: number | undefined
}

export function estimate(values: readonly number[]): Estimate | undefined {
  const average = mean(values)
  if (average === undefined) return undefined
  if (values.length < 2) return { mean: average, within: undefined }
  const variance = sum(values.map(value => (value - average) ** 2)) / (values.length - 1)
  const quantile = students[values.length - 2] ?? 1.96
  return { mean: average, within: quantile * Math.sqrt(variance / values.length) }
}

/** Student's t for 97.5 %, from one degree of freedom on. */
const students = [
  12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
]

function idleSeconds({ notifications, incidents, end: cut }: Verdict): number {
  return sum(
    notifications.map(({ incident, from, to = cut }) => {
      const end = incidents.find(({ id }) => id === incident)?.end ?? from
      return Math.max(0, to - Math.max(from, end))
    }),
  )
}

function isNight(time: number): boolean {
  const ofDay = time % day
  return ofDay >= 22 * hour || ofDay < 6 * hour
}

function ratio(part: number, all: number): number | undefined {
  return all === 0 ? undefined : part / all
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sum(values) / values.length
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : mean(sorted.slice(middle - 1, middle + 1))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
