/** Looks for the policies that suit an objective at its traffic, and judges them by scenarios the search has not seen. */
import type { Objective } from '../../alerts/objectives.ts'
import { production } from '../../contract/windows.ts'
import { clocks, type Resolution } from '../clock.ts'
import type { PolicyRules, Setting } from '../month.ts'
import type { Task } from '../months.ts'
import { ownPolicy, shipped } from '../policies/own.ts'
import type { Definition } from '../policies/policy.ts'
import { inWorkers, playAll } from '../pool.ts'
import { scenarios } from '../scenarios/catalogue.ts'
import type { Result } from '../score/result.ts'
import { type Estimate, estimate, scoreOf } from '../score/score.ts'
import type { SearchMonth } from './columns.ts'
import { drawScenario } from './draw.ts'
import { figuresOf } from './figures.ts'
import { type Candidate, newTrial, type Part, search, shippedPart } from './search.ts'
import { allPairs } from './space.ts'
import { type Reason, reasonsFor } from './why.ts'
import type { SearchTask } from './worker.ts'

interface Request {
  objective: Objective
  /** Events per second, on average. */
  traffic: number
  resolution: Resolution
  days: number
  instances: number
  /** Months to learn from. */
  months: number
  /** Times each scenario of the catalogue is played to judge what was found. */
  seeds: number
  /** The choice to explain; by default the soonest that wakes people in vain no more often than what ships. */
  choice?: number | undefined
}

export interface Suggestion {
  /** With the traffic that was asked for. */
  objective: Objective
  /** The Pareto front, the soonest first. */
  choices: Choice[]
  /** What ships, judged by the same months. */
  shipped: Judged
  /** The place of the one to take. */
  chosen: number
  reasons: Reason[]
}

export interface Choice extends Judged {
  definition: Definition
}

/** Means over seeds, by scenarios the search has not seen. */
export interface Judged {
  /** Seconds until somebody was told, as `Figures` has it. */
  wait: Estimate
  falsePages: Estimate
  pages: Estimate
  /** Undefined where no scenario has an incident to this objective. */
  ticketWait: Estimate | undefined
  falseTickets: Estimate
  recall: Estimate | undefined
}

/** Seeds of the months that judge; the search learns from months of its own. */
const firstSeed = 1001

export async function suggest(request: Request, progress: (text: string) => void): Promise<Suggestion> {
  const { resolution } = request
  const { setting, trial, candidates, chosen } = await find(request, progress)
  const { objective } = setting
  const policies = [
    { name: 'shipped', rules: shipped.rules(request.objective, clocks[resolution]) },
    ...candidates.map((candidate, index) => rulesOf(`choice ${index + 1}`, candidate, objective, resolution)),
  ]
  const results = await judgeAll(setting, request.seeds, policies, progress)
  const judged = policies.map(({ name }) => judgedBy(results.filter(({ policy }) => policy === name)))
  return {
    objective,
    choices: candidates.map(({ tiers, minimumErrors }, index) => ({
      ...judged[index + 1]!,
      definition: { tiers, minimumErrors },
    })),
    shipped: judged[0]!,
    chosen,
    reasons: candidates[chosen] === undefined ? [] : reasonsFor(trial, objective, candidates[chosen]),
  }
}

/** What the search finds in its own months, before anything judges it. */
export async function find(request: Omit<Request, 'seeds'>, progress: (text: string) => void) {
  const { traffic, resolution, days, instances } = request
  // As `usualTraffic` has it, the quietest time has a tenth.
  const objective = {
    ...request.objective,
    traffic: { ...request.objective.traffic, minimum: traffic / 10 },
  }
  const setting: Setting = { objective, resolution, days, traffic, instances }
  const trial = newTrial(await learn(setting, request.months, progress))
  const candidates = search(trial, objective, progress)
  const chosen = request.choice ?? soonestAsQuiet(candidates, shippedPart(trial, objective, 'page'))
  return { setting, trial, candidates, chosen }
}

function learn(setting: Setting, months: number, progress: (text: string) => void): Promise<SearchMonth[]> {
  const pairs = allPairs()
  const tasks = Array.from({ length: months }, (_, index): SearchTask => {
    const seed = index + 1
    return { scenario: drawScenario(seed), setting, seed, pairs }
  })
  return inWorkers<SearchTask, SearchMonth>(new URL('./worker.ts', import.meta.url), tasks, done =>
    progress(`${done} of ${months} months to learn from`),
  )
}

function judgeAll(
  setting: Setting,
  seeds: number,
  policies: readonly PolicyRules[],
  progress: (text: string) => void,
): Promise<Result[]> {
  const tasks = scenarios.flatMap(scenario =>
    Array.from(
      { length: seeds },
      (_, index): Task => ({ scenario, setting, seed: firstSeed + index, policies }),
    ),
  )
  return playAll(tasks, done => progress(`${done} of ${tasks.length} months to be judged by`))
}

function judgedBy(results: readonly Result[]): Judged {
  const seeds = [...Map.groupBy(results, ({ seed }) => seed).values()].map(ofSeed => {
    const verdicts = ofSeed.map(({ verdict }) => verdict)
    return {
      pages: figuresOf(verdicts, 'page'),
      tickets: figuresOf(verdicts, 'ticket'),
      score: scoreOf(verdicts),
    }
  })
  const over = (read: (seed: (typeof seeds)[0]) => number | undefined) =>
    estimate(seeds.map(read).filter(value => value !== undefined && !Number.isNaN(value)) as number[])
  return {
    wait: over(({ pages }) => pages.wait) ?? { mean: Number.NaN, within: undefined },
    falsePages: over(({ pages }) => pages.falseOnes)!,
    pages: over(({ score }) => score.pagesPerWeek)!,
    ticketWait: over(({ tickets }) => tickets.wait),
    falseTickets: over(({ tickets }) => tickets.falseOnes)!,
    recall: over(({ score }) => score.recall),
  }
}

function rulesOf(
  name: string,
  { tiers, minimumErrors }: Candidate,
  objective: Objective,
  resolution: Resolution,
): PolicyRules {
  return {
    name,
    rules: ownPolicy(name, name, 'a search', { tiers, minimumErrors }).rules(objective, clocks[resolution]),
  }
}

/** Judged by the months of the search, so that the scenarios that judge it do not choose it too. */
function soonestAsQuiet(candidates: readonly Candidate[], { figures, risk }: Part): number {
  const place = candidates.findIndex(each => each.falseOnes <= figures.falseOnes && each.risk <= risk)
  return place === -1 ? candidates.length - 1 : place
}

/** The preset that ships with these tiers in place of its own. */
export function presetOf({ tiers }: Definition) {
  return { ...production, tiers }
}
