/**
 * An open model: visitors come when they come, whether or not earlier ones have been served, and each request is timed
 * from the moment it was due. So a server that stalls is charged for everyone who waited, as in life.
 */
import { randomUUID } from 'node:crypto'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { JourneyName } from '../../contract/budgets.ts'
import { load } from '../../contract/shop-signals.ts'
import { seededRandom } from '../../engines/random.ts'
import { observe } from '../../otel/metrics.ts'
import { arrivals, rateAt, type Spacing, type Traffic } from './arrivals.ts'
import { type Answer, type Call, createClient } from './client.ts'
import { type Journey, journeyNames, journeys } from './journeys.ts'
import { createMeasurements, type Measurements } from './measurements.ts'

export interface LoadPlan {
  url: string
  traffic: Traffic
  spacing: Spacing
  /** Seconds; infinite until it is stopped. */
  duration: number
  seed: number
  mix: Partial<Record<JourneyName, number>>
  /** Requests that may wait for an answer at once; whoever comes beyond that is turned away and counted. */
  maxInFlight: number
  /** Seconds. */
  timeout: number
}

export interface LoadRun {
  measurements: Measurements
  inFlight: () => number
  /** Seconds since the start. */
  elapsed: () => number
  /** No new arrivals from here on; requests under way are still answered and counted. */
  stop: () => void
  finished: Promise<void>
}

export const defaultMix = Object.fromEntries(
  journeyNames.map(name => [name, journeys[name].weight]),
) as Record<JourneyName, number>

export function startLoad(plan: LoadPlan, walks: Record<JourneyName, Journey> = journeys): LoadRun {
  const measurements = createMeasurements(journeyNames)
  const client = createClient(plan.url, plan.maxInFlight, plan.timeout)
  const runId = randomUUID()
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  const visits = new Set<Promise<void>>()
  const sleepers = new Set<() => void>()
  let inFlight = 0
  let stopped = false
  const stopObserving = observe(load.inFlight, () => [{ labels: {}, value: inFlight }])
  const stopObservingRate = observe(load.targetRate, () => [
    { labels: {}, value: stopped ? 0 : rateAt(plan.traffic, elapsed()) },
  ])

  async function generate(): Promise<void> {
    const choose = chooser(plan.mix, seededRandom(plan.seed))
    let visitors = 0
    for (const due of arrivals(plan.traffic, plan.spacing, seededRandom(plan.seed + 1))) {
      if (due >= plan.duration) break
      await until(startedAt + due * 1000)
      // Far behind, arrivals start in one go; answers still have to get through.
      if (visitors % 64 === 63) await yieldToEvents()
      if (stopped) break
      const visit = visitBy(visitors++, choose(), startedAt + due * 1000)
      visits.add(visit)
      void visit.finally(() => visits.delete(visit))
    }
    if (Number.isFinite(plan.duration)) await until(startedAt + plan.duration * 1000)
    stop()
    await Promise.all(visits)
    stopObserving()
    stopObservingRate()
    client.close()
  }

  async function visitBy(number: number, name: JourneyName, arrival: number): Promise<void> {
    let due = arrival
    async function call(request: Call): Promise<Answer> {
      if (inFlight >= plan.maxInFlight) {
        measurements.drop()
        throw abandoned
      }
      inFlight++
      let reason: string | undefined
      try {
        const answer = await client.send(request)
        if (answer.status < 400) return answer
        reason = `status ${answer.status}`
      } catch (error) {
        reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
      } finally {
        inFlight--
        measurements.record(name, (performance.now() - due) / 1000, reason)
        due = performance.now()
      }
      throw abandoned
    }
    const random = seededRandom(plan.seed * 7919 + number)
    try {
      await walks[name].walk({
        random,
        id: `${runId}-${number}`,
        call,
        async think(mean) {
          due -= Math.log(1 - random()) * mean * 1000
          await until(due)
          if (stopped) throw abandoned
        },
      })
    } catch (error) {
      // What a step cannot make sense of is the fault of the answer before it.
      if (error !== abandoned) measurements.misread(name)
    }
  }

  function stop(): void {
    stopped = true
    for (const wake of sleepers) wake()
  }

  /** Timers fire up to a millisecond late, never early: nothing is sent before it is due. */
  function until(time: number): Promise<void> {
    const wait = Math.ceil(time - performance.now())
    if (wait <= 0 || stopped) return Promise.resolve()
    return new Promise(resolve => {
      const wake = () => {
        clearTimeout(timer)
        sleepers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, wait)
      sleepers.add(wake)
    })
  }

  return { measurements, inFlight: () => inFlight, elapsed, stop, finished: generate() }
}

/** A journey that ends early, because a request failed, was turned away, or the run is over. */
const abandoned = Symbol('abandoned')

export function chooser(mix: LoadPlan['mix'], random: () => number): () => JourneyName {
  const shares = Object.entries(mix) as [JourneyName, number][]
  const total = shares.reduce((sum, [, share]) => sum + share, 0)
  return () => {
    let rest = random() * total
    for (const [name, share] of shares) {
      rest -= share
      if (rest < 0) return name
    }
    return shares[0]![0]
  }
}
