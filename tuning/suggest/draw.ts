/**
 * Months the search learns from, drawn by chance: what it finds is then judged by the scenarios of the catalogue, none of
 * which it has seen.
 */
import { seededRandom } from '../../engines/random.ts'
import { day, hour, type Incident, minute, type Scenario, type Traffic } from '../scenarios/scenario.ts'

/** A different month for each seed. */
export function drawScenario(seed: number): Scenario {
  const dice = newDice(seed)
  const name = `random-${seed}`
  const isQuiet = dice.oneIn(5)
  return {
    name,
    title: `Month ${seed} of those drawn by chance`,
    traffic: isQuiet ? quietTraffic(dice) : busyTraffic(dice),
    errors: { burn: dice.between(0.05, 0.4) },
    slow: { burn: dice.between(0.05, 0.4) },
    jitter: 0,
    incidents: drawIncidents(dice),
  }
}

type Dice = ReturnType<typeof newDice>

function newDice(seed: number) {
  const random = seededRandom(seed * 2_654_435 + 97)
  const between = (least: number, most: number) => least + random() * (most - least)
  return {
    between,
    /** As often between 1 and 10 as between 10 and 100. */
    magnitude: (least: number, most: number) => Math.exp(between(Math.log(least), Math.log(most))),
    oneIn: (many: number) => random() * many < 1,
  }
}

function busyTraffic(dice: Dice): Traffic {
  return {
    daily: dice.between(0.2, 0.6),
    weekend: dice.between(0.4, 1),
    ...(dice.oneIn(4) ? { weeklyGrowth: dice.between(0.8, 1.5) } : {}),
    ...(dice.oneIn(4)
      ? {
          bursts: {
            every: Math.round(dice.between(3, 12)) * hour,
            length: Math.round(dice.between(5, 20)) * minute,
            times: dice.between(3, 12),
          },
        }
      : {}),
  }
}

function quietTraffic(dice: Dice): Traffic {
  return dice.oneIn(2)
    ? { level: dice.magnitude(0.005, 0.1), daily: dice.between(0, 0.5) }
    : { daily: 0.6, night: dice.magnitude(0.001, 0.05) }
}

/** Day by day, so that no two overlap: something to page for, something for a ticket, or some blips that end by themselves. */
function drawIncidents(dice: Dice): Incident[] {
  const incidents: Incident[] = []
  for (let today = 4; today < 29; ) {
    const kind = dice.between(0, 1)
    if (kind < 0.15) incidents.push(pageWorthy(dice, today))
    else if (kind < 0.19) incidents.push(ticketWorthy(dice, today))
    else if (kind < 0.6) incidents.push(...blips(dice, today))
    const end = incidents.at(-1)?.end ?? 0
    today = Math.max(today + 1, Math.ceil(end / day))
  }
  return incidents.filter(({ end }) => end <= 29 * day)
}

function pageWorthy(dice: Dice, today: number): Incident {
  const burn = dice.magnitude(8, 2000)
  // Spends from a hundredth to half of the budget, in no less than five minutes.
  const length = Math.max(5 * minute, Math.min(10 * hour, (dice.magnitude(0.01, 0.5) * 30 * day) / burn))
  const start = momentOf(dice, today)
  const comesAndGoes = burn > 30 && dice.oneIn(6)
  return {
    id: `page-${today}`,
    title: 'Something to wake people for',
    start,
    end: start + wholeMinutes(comesAndGoes ? Math.max(length, hour) : length),
    wanted: 'page',
    effect: {
      errors: { burn },
      slow: { burn },
      ...(comesAndGoes
        ? { flapping: { on: minute * dice.between(1, 4), off: minute * dice.between(1, 4) } }
        : dice.oneIn(6) && { ramp: true as const }),
    },
  }
}

function ticketWorthy(dice: Dice, today: number): Incident {
  const burn = dice.between(1.8, 5)
  const start = momentOf(dice, today)
  return {
    id: `ticket-${today}`,
    title: 'Something for the morning',
    start,
    end: start + wholeMinutes(dice.between(1.5, 6) * day),
    wanted: 'ticket',
    effect: { errors: { burn }, slow: { burn } },
  }
}

/** Over before anybody could look: failures of seconds, restarts, scrapes that fail for some minutes. */
function blips(dice: Dice, today: number): Incident[] {
  const isGap = dice.oneIn(8)
  return [0, 1].slice(0, dice.oneIn(2) ? 1 : 2).map(index => {
    const start = momentOf(dice, today, index)
    const share = dice.magnitude(0.01, 1)
    return {
      id: `blip-${today}-${index}`,
      title: 'Over before anybody could look',
      start,
      end:
        start + (isGap ? wholeMinutes(dice.between(1, 6) * minute) : Math.round(dice.magnitude(5, minute))),
      wanted: 'nothing',
      effect: isGap
        ? { unseen: true as const }
        : { errors: share, slow: share, ...(dice.oneIn(4) ? { reset: true as const } : {}) },
    }
  })
}

/** Any minute of the morning, or of the afternoon. */
function momentOf(dice: Dice, today: number, half = dice.oneIn(2) ? 0 : 1): number {
  return today * day + wholeMinutes(half * 12 * hour + dice.between(0, 11 * hour))
}

function wholeMinutes(seconds: number): number {
  return Math.max(1, Math.round(seconds / minute)) * minute
}
