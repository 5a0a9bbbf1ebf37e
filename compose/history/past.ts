/**
 * The past of a service that was never run: what its traffic and failures would have been, from nothing but the time.
 * Healthy days with one incident in them, so that a stack looked at for the first time has something to show.
 */
import type { Objective } from '../../alerts/objectives.ts'
import type { Preset } from '../../contract/windows.ts'

/** Seconds since the epoch. */
export interface Past {
  start: number
  end: number
  incident: { start: number; end: number }
  /** Journeys per second. */
  journeys: (time: number) => number
  /** Events of an objective per second. */
  requests: (objective: Objective, time: number) => number
  errors: (objective: Objective, time: number) => number
}

/** A fault of the catalogue, of which its metrics tell, and the alert it promises. */
export const incidentFault = {
  fault: 'payments-down',
  target: 'payments',
  alertname: 'CheckoutAvailabilityBurn',
} as const

/** Mean journeys per second. */
const baseline = 10
/** Nights have a fifth of the traffic of evenings. */
const swing = 2 / 3
/** Share of the day after midnight at which least is going on. */
const quietest = 1 / 6

interface Character {
  /** Events per journey. */
  perJourney: number
  /** Share of the events that fails on a good day, and during the incident. */
  good: number
  bad: number
}

/** While payments are down most orders fail, and some wait for the retries before they do. */
const characters: Record<string, Character> = {
  'shop-availability': { perJourney: 3, good: 0.0002, bad: 0.02 },
  'shop-latency': { perJourney: 3, good: 0.002, bad: 0.03 },
  'checkout-availability': { perJourney: 0.1, good: 0.0002, bad: 0.6 },
  'fulfilment-freshness': { perJourney: 0.1, good: 0.0005, bad: 0.0005 },
}
const untouched: Character = { perJourney: 1, good: 0.0002, bad: 0.0002 }

export function pastOf(preset: Preset, now: number): Past {
  const { period, evaluationInterval, day, hour } = preset
  const end = Math.floor(now / evaluationInterval) * evaluationInterval
  const start = end - period
  const began = start + Math.floor((period * 0.6) / evaluationInterval) * evaluationInterval
  const incident = { start: began, end: began + hour }
  const journeys = (time: number) => {
    const phase = 2 * Math.PI * ((time % day) / day - quietest)
    return baseline * (1 - swing * Math.cos(phase)) * (1 + 0.06 * (noise(time, 1) - 0.5))
  }
  const requests = (objective: Objective, time: number) => journeys(time) * characterOf(objective).perJourney
  const errors = (objective: Objective, time: number) => {
    const { good, bad } = characterOf(objective)
    const isBad = time >= incident.start && time < incident.end
    return requests(objective, time) * (isBad ? bad : good) * (0.5 + noise(time, objective.objective))
  }
  return { start, end, incident, journeys, requests, errors }
}

function characterOf({ name }: Objective): Character {
  return characters[name] ?? untouched
}

/** 0 to 1, the same for the same time and seed. */
function noise(time: number, seed: number): number {
  let mixed = Math.imul(time ^ Math.imul(seed * 1000, 0x9e3779b1), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}
