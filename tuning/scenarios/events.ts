/** Plays a scenario: how many events each instance counted between two scrapes, and how many of them were bad. */
import { seededRandom } from '../../engines/random.ts'
import { evenSampler, newSampler, type Sampler } from './sampling.ts'
import { day, type Effect, hour, type Incident, type Scenario, type Share, type Traffic } from './scenario.ts'

interface Play {
  /** Seconds. */
  length: number
  scrapeInterval: number
  /** Events per second of all instances together, on average and at a level of 1. */
  rate: number
  instances: number
  /** Of the objective: what `{ burn: 1 }` is. */
  budget: number
  seed: number
}

/** The counters of one instance at each scrape, as the service would show them. */
export interface InstanceEvents {
  succeeded: Float64Array
  /** Part of those that succeeded. */
  slow: Float64Array
  failed: Float64Array
  /** 1 where the scrape reached the instance. */
  seen: Uint8Array
}

export interface Events {
  scrapes: number
  instances: InstanceEvents[]
  /** Where the seed has put them; those that would last beyond the end are left out. */
  incidents: Incident[]
  /** All events, all failures and all slow ones since the start, restarts or not: the truth that budgets count. */
  truth: { all: Float64Array; failed: Float64Array; slow: Float64Array }
}

export function playEvents(scenario: Scenario, play: Play): Events {
  const { length, scrapeInterval, instances: count } = play
  const scrapes = Math.floor(length / scrapeInterval)
  const incidents = placed(scenario, play)
  const truth = {
    all: new Float64Array(scrapes),
    failed: new Float64Array(scrapes),
    slow: new Float64Array(scrapes),
  }
  const instances = Array.from({ length: count }, (_, instance) =>
    playInstance(scenario, play, incidents, instance, scrapes, truth),
  )
  for (const column of Object.values(truth))
    for (let scrape = 1; scrape < scrapes; scrape++) column[scrape]! += column[scrape - 1]!
  return { scrapes, instances, incidents, truth }
}

/** Each seed moves an incident a little; whole minutes, so that it is the same one at every resolution. */
function placed({ incidents, jitter }: Scenario, { seed, length }: Play): Incident[] {
  const random = seededRandom(seed * 7919 + 17)
  const shift = Math.round(((random() * 2 - 1) * jitter) / 60) * 60
  return incidents
    .map(incident => ({ ...incident, start: incident.start + shift, end: incident.end + shift }))
    .filter(({ start, end }) => start >= 0 && end <= length)
}

function playInstance(
  scenario: Scenario,
  play: Play,
  incidents: readonly Incident[],
  instance: number,
  scrapes: number,
  truth: Events['truth'],
): InstanceEvents {
  const { scrapeInterval, budget, seed } = play
  const sampler = samplerOf(scenario.traffic, seed, instance)
  const columns = {
    succeeded: new Float64Array(scrapes),
    slow: new Float64Array(scrapes),
    failed: new Float64Array(scrapes),
    seen: new Uint8Array(scrapes).fill(1),
  }
  const own = incidents.filter(({ effect }) => effect.instances?.includes(instance) ?? true)
  const begins = scenario.begins ?? 0
  const [errors, slow] = [shareOf(scenario.errors, budget), shareOf(scenario.slow, budget)]
  const mean = (play.rate / play.instances) * scrapeInterval
  let next = 0
  let active: Incident[] = []
  let [goodSum, slowSum, failedSum] = [0, 0, 0]
  for (let scrape = 0; scrape < scrapes; scrape++) {
    const time = scrape * scrapeInterval
    if (time < begins) {
      columns.seen[scrape] = 0
      continue
    }
    // A scrape counts what happened since the one before it, so an incident of seconds counts for its part of that.
    const before = time - scrapeInterval
    const middle = (before + time) / 2
    while (next < own.length && own[next]!.start < time) {
      const begun = own[next++]!
      active.push(begun)
      if (begun.effect.reset) [goodSum, slowSum, failedSum] = [0, 0, 0]
    }
    if (active.some(({ end }) => end <= before)) active = active.filter(({ end }) => end > before)
    let share = errors
    let slowShare = slow
    let traffic = 1
    for (const { effect, start, end } of active) {
      const part = (Math.min(end, time) - Math.max(start, before)) / scrapeInterval
      const strength = strengthOf(effect, Math.max(0, middle - start), end - start)
      const during = (usual: number, worse: Share) =>
        Math.max(usual, part * strength * shareOf(worse, budget) + (1 - part) * usual)
      if (effect.errors !== undefined) share = during(share, effect.errors)
      if (effect.slow !== undefined) slowShare = during(slowShare, effect.slow)
      if (effect.traffic !== undefined) traffic *= 1 + part * (effect.traffic - 1)
      if (effect.unseen && start <= time && time < end) columns.seen[scrape] = 0
    }
    // The first scrape of a process finds counters at 0.
    if (time > begins) {
      const events = sampler.arrivals.poisson(mean * traffic * trafficAt(scenario.traffic, middle))
      const failed = sampler.failures.binomial(events, share)
      const late = sampler.delays.binomial(events - failed, slowShare)
      goodSum += events - failed
      slowSum += late
      failedSum += failed
      truth.all[scrape]! += events
      truth.failed[scrape]! += failed
      truth.slow[scrape]! += late
    }
    columns.succeeded[scrape] = goodSum
    columns.slow[scrape] = slowSum
    columns.failed[scrape] = failedSum
  }
  return columns
}

/** Chance has a source for each purpose, so that a change to one incident leaves the rest of the month as it was. */
function samplerOf(
  { arrivals }: Traffic,
  seed: number,
  instance: number,
): Record<'arrivals' | 'failures' | 'delays', Sampler> {
  const source = (purpose: number) =>
    arrivals === 'even'
      ? evenSampler()
      : newSampler(seededRandom(seed * 1_000_003 + instance * 101 + purpose))
  return { arrivals: source(1), failures: source(2), delays: source(3) }
}

export function shareOf(share: Share, budget: number): number {
  return Math.min(1, typeof share === 'number' ? share : share.burn * budget)
}

function strengthOf({ ramp, flapping }: Effect, since: number, length: number): number {
  if (flapping !== undefined && since % (flapping.on + flapping.off) >= flapping.on) return 0
  return ramp ? since / length : 1
}

/** In multiples of the mean. */
function trafficAt(
  { level = 1, daily = 0, weekend = 1, night = 1, weeklyGrowth = 1, bursts }: Traffic,
  time: number,
): number {
  const ofDay = ((time % day) + day) % day
  let traffic = level
  // Least at 03:00, most at 15:00.
  if (daily !== 0) traffic *= 1 - daily * Math.cos((2 * Math.PI * (ofDay - 3 * hour)) / day)
  if (weekend !== 1 && Math.floor(time / day) % 7 > 4) traffic *= weekend
  if (night !== 1 && ofDay < 6 * hour) traffic *= night
  if (weeklyGrowth !== 1) traffic *= weeklyGrowth ** (time / (7 * day))
  if (bursts !== undefined && time % bursts.every < bursts.length) traffic *= bursts.times
  return traffic
}
