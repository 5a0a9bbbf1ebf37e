/**
 * A scenario: how a service behaves over a month, and what went wrong in it, told as data. Times are seconds from its
 * start, which is a Monday at 00:00.
 */

/** A share of all events; `{ burn: 14 }` is 14 times the error budget of whichever objective is simulated. */
export type Share = number | { burn: number }

export interface Traffic {
  /** Times the mean traffic that is asked for: 0.01 makes a service that nobody uses. */
  level?: number
  /** How far traffic swings over a day: 0.6 is 1.6 times the mean in the afternoon and 0.4 times at night. */
  daily?: number
  /** Times the traffic of a working day on Saturday and Sunday. */
  weekend?: number
  /** Times the traffic between 00:00 and 06:00. */
  night?: number
  /** Times the traffic a week later. */
  weeklyGrowth?: number
  /** A busy time that comes back, such as a batch job or a television advertisement. */
  bursts?: { every: number; length: number; times: number }
  /** Events come as they would by chance (the default), or one after the other at even gaps. */
  arrivals?: 'random' | 'even'
}

export interface Effect {
  errors?: Share
  /** Share of the events that take longer than the objective's threshold. */
  slow?: Share
  /** Times the usual traffic. */
  traffic?: number
  /** Which of the instances it hits; all of them if left out. */
  instances?: readonly number[]
  /** Grows from nothing to its full strength over the incident. */
  ramp?: true
  /** Comes and goes: so many seconds there, so many seconds not. */
  flapping?: { on: number; off: number }
  /** The counters start again at 0 when it begins, as after a restart. */
  reset?: true
  /** No scrape reaches the service while it lasts. */
  unseen?: true
}

/** What a person on call would want to be told: woken, told in the morning, or left alone. */
export type Wanted = 'page' | 'ticket' | 'nothing'

export interface Incident {
  id: string
  title: string
  start: number
  end: number
  wanted: Wanted
  effect: Effect
}

export interface Scenario {
  name: string
  title: string
  traffic: Traffic
  /** What fails and what is slow while all is well. */
  errors: Share
  slow: Share
  incidents: readonly Incident[]
  /** Each seed moves the incidents by up to so many seconds either way. */
  jitter: number
  /** The service does not exist before. */
  begins?: number
}

export const minute = 60
export const hour = 3600
export const day = 86_400
