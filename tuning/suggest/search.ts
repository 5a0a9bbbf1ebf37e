/**
 * Tries tiers alone, keeps the best of each role, and puts them together. A tier fires whatever its neighbours do, so
 * each is tried once per month, and a policy is what its tiers fired.
 */
import type { Objective } from '../../alerts/objectives.ts'
import { burnFactorNumber, production, type Severity, type Tier } from '../../contract/windows.ts'
import { clocks } from '../clock.ts'
import { day } from '../scenarios/scenario.ts'
import { judge, type Verdict } from '../score/judge.ts'
import type { Firing } from '../simulate/run.ts'
import type { SearchMonth } from './columns.ts'
import { type Figures, figuresOf, frontOf } from './figures.ts'
import { firingsOf } from './fire.ts'
import { errorGuards, isAllowed, keepFiringFors, roles, tiersOf } from './space.ts'

/** A policy whose pages and tickets have been chosen. */
export interface Candidate {
  tiers: readonly Tier[]
  minimumErrors: number
  /** False pages a week, and their `risk` as in Part. */
  falseOnes: number
  risk: number
}

export interface Part {
  tiers: readonly Tier[]
  minimumErrors: number
  figures: Figures
  /** False notifications a week, as the mean of what it fires and what it would fire at thresholds a quarter lower. */
  risk: number
}

/** Whether an alert only just stays silent is luck, so what would fire at three quarters of its limits counts by half. */
const margin = 0.75
const chosenBy = ({ figures, risk }: Part) => ({ wait: figures.wait, falseOnes: risk })

/** The policies of which none pages sooner with no more false pages, the soonest first; none misses more than what ships. */
export function search(trial: Trial, objective: Objective, progress: (text: string) => void): Candidate[] {
  const pages = errorGuards.flatMap(minimumErrors => {
    progress(`trying tiers that need ${minimumErrors} errors`)
    const [fast, medium] = (['fast', 'medium'] as const).map(name =>
      bestOf(trial, objective, name, minimumErrors),
    )
    const together = fast!.flatMap(one =>
      medium!.map(other => trial.part([...one.tiers, ...other.tiers], minimumErrors, 'page')),
    )
    return together.filter(({ tiers }) => isAllowed(objective, tiers, minimumErrors))
  })
  const most = shippedPart(trial, objective, 'page').figures.missed
  const telling = pages.filter(({ figures }) => figures.missed <= most)
  const front = apart(frontOf(telling.length > 0 ? telling : pages, chosenBy))
  const tickets = new Map<number, Part>()
  return front.map(part => {
    const { minimumErrors } = part
    if (!tickets.has(minimumErrors)) tickets.set(minimumErrors, bestTickets(trial, objective, minimumErrors))
    const ticket = tickets.get(minimumErrors)!
    const kept = bestKept(trial, part)
    return {
      tiers: [...kept.tiers, ...ticket.tiers],
      minimumErrors,
      falseOnes: kept.figures.falseOnes,
      risk: kept.risk,
    }
  })
}

export interface Trial {
  part(tiers: readonly Tier[], minimumErrors: number, severity: Severity): Part
}

export function newTrial(months: readonly SearchMonth[]): Trial {
  const fired = new Map<string, Firing[][]>()
  const firings = (tier: Tier, minimumErrors: number) => {
    const key = `${minimumErrors} ${Object.values(tier).join(' ')}`
    let known = fired.get(key)
    if (known === undefined) {
      known = months.map(month => firingsOf(month, clocks[month.setting.resolution], tier, minimumErrors))
      fired.set(key, known)
    }
    return known
  }
  const verdictOn = (month: SearchMonth, own: readonly Firing[]): Verdict => {
    const { objective, resolution, days } = month.setting
    return judge(objective, month.events, own, days * day, clocks[resolution].scrapeInterval)
  }
  return {
    part(tiers, minimumErrors, severity) {
      const figures = (least: number, of: readonly Tier[]) => {
        const all = of.map(tier => firings(tier, least))
        const verdicts = months.map((month, index) =>
          verdictOn(month, [...month.others, ...all.flatMap(each => each[index]!)]),
        )
        return figuresOf(verdicts, severity)
      }
      const own = figures(minimumErrors, tiers)
      const eased = figures(
        minimumErrors * margin,
        tiers.map(tier => ({ ...tier, factor: burnFactorNumber(production, tier) * margin })),
      )
      return { tiers, minimumErrors, figures: own, risk: (own.falseOnes + eased.falseOnes) / 2 }
    },
  }
}

/** The best tiers of a role, each tried alone, and the one that ships where the checks allow it. */
function bestOf(trial: Trial, objective: Objective, name: string, minimumErrors: number): Part[] {
  const role = roles.find(each => each.name === name)!
  const tiers = tiersOf(role, objective, minimumErrors)
  const parts = tiers.map(tier => trial.part([tier], minimumErrors, role.severity))
  const front = frontOf(parts, chosenBy)
  const shipped = production.tiers.filter(
    tier => tier.name === name && isAllowed(objective, [tier], minimumErrors),
  )
  return [...evenly(front, 24), ...shipped.map(tier => trial.part([tier], minimumErrors, role.severity))]
}

export function shippedPart(trial: Trial, { traffic }: Objective, severity: Severity): Part {
  const tiers = production.tiers.filter(tier => tier.severity === severity)
  return trial.part(tiers, traffic.minimumErrors, severity)
}

/** Tickets wake nobody: the soonest of those with no more false ones than what ships, else the ones with the fewest. */
function bestTickets(trial: Trial, objective: Objective, minimumErrors: number): Part {
  const [slow, trickle] = (['slow', 'trickle'] as const).map(name =>
    bestOf(trial, objective, name, minimumErrors),
  )
  const parts = slow!.flatMap(one =>
    trickle!.map(other => trial.part([...one.tiers, ...other.tiers], minimumErrors, 'ticket')),
  )
  const most = shippedPart(trial, objective, 'ticket')
  const front = frontOf(parts, chosenBy)
  return (
    front.find(each => each.figures.falseOnes <= most.figures.falseOnes && each.risk <= most.risk) ??
    front.at(-1)!
  )
}

/**
 * With the `keepFiringFor` that costs least: a second notification about the same incident, an hour in which an alert
 * fires for nothing, and a false page cost the same.
 */
function bestKept(trial: Trial, { tiers, minimumErrors }: Part): Part {
  const parts = keepFiringFors.map(keepFiringFor =>
    trial.part(
      tiers.map(tier => ({ ...tier, keepFiringFor })),
      minimumErrors,
      'page',
    ),
  )
  const cost = ({ figures, risk }: Part) => figures.repeated + figures.idle + risk
  return parts.toSorted((a, b) => cost(a) - cost(b))[0]!
}

/** Of two that page within a tenth of each other's time the sooner stays, or the later where it halves the risk. */
function apart(front: readonly Part[]): Part[] {
  const kept: Part[] = []
  for (const part of front) {
    const last = kept.at(-1)
    if (last === undefined || part.figures.wait > last.figures.wait * 1.1) kept.push(part)
    else if (part.risk < last.risk / 2) kept[kept.length - 1] = part
  }
  return evenly(kept, 10)
}

/** The first, the last, and others between them. */
function evenly<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all]
  return Array.from({ length: most }, (_, index) => all[Math.round((index * (all.length - 1)) / (most - 1))]!)
}
