/** What a policy is chosen by: how long nobody hears of an incident, against what wakes people in vain. */
import { day, hour } from '../scenarios/scenario.ts'
import type { Verdict } from '../score/judge.ts'

export interface Figures {
  /**
   * Seconds until somebody was told: the geometric mean over incidents, so that twice as long counts alike for a short
   * and for a long one. One that no alert told of is found a day after its end.
   */
  wait: number
  missed: number
  /** A week. */
  falseOnes: number
  /** Notifications a week about an incident that people already know of. */
  repeated: number
  /** Hours a week in which it fires though nothing is wrong any more. */
  idle: number
}

/** Of pages, or of tickets, which are judged by the incidents that want one. */
export function figuresOf(verdicts: readonly Verdict[], severity: 'page' | 'ticket'): Figures {
  let [logs, count, missed, falseOnes, repeated, idle] = [0, 0, 0, 0, 0, 0]
  for (const { incidents, notifications, end: cut } of verdicts) {
    for (const { wanted, detection, start, end } of incidents) {
      if (wanted !== severity) continue
      count++
      if (detection === undefined) missed++
      logs += Math.log(Math.max(leastWait, detection ?? end - start + day))
    }
    const known = new Set<string>()
    for (const { severity: own, incident, from, to = cut } of notifications) {
      if (own !== severity) continue
      if (incident === undefined) falseOnes++
      else if (known.has(incident)) repeated++
      else known.add(incident)
      const end = incidents.find(({ id }) => id === incident)?.end ?? from
      idle += Math.max(0, to - Math.max(from, end))
    }
  }
  const weeks = verdicts.reduce((sum, { length }) => sum + length, 0) / (7 * day)
  return {
    wait: count === 0 ? Number.NaN : Math.exp(logs / count),
    missed,
    falseOnes: falseOnes / weeks,
    repeated: repeated / weeks,
    idle: idle / hour / weeks,
  }
}

/** Below it an incident is told of as soon as Prometheus can see it. */
const leastWait = 30

/** Those that no other one is better than in one figure and not worse in the other, the soonest first. */
export function frontOf<T>(all: readonly T[], figures: (one: T) => Pick<Figures, 'wait' | 'falseOnes'>): T[] {
  const sorted = all.toSorted((a, b) => {
    const [one, other] = [figures(a), figures(b)]
    return one.wait - other.wait || one.falseOnes - other.falseOnes
  })
  let least = Number.POSITIVE_INFINITY
  return sorted.filter(one => {
    const { falseOnes } = figures(one)
    if (falseOnes >= least) return false
    least = falseOnes
    return true
  })
}
