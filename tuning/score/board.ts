/** The scoreboard: a row per policy, its figures as means over the seeds. */
import type { Result } from './result.ts'
import { type Estimate, estimate, type Score, scoreOf, type Weighting, weightings } from './score.ts'

export interface Row {
  policy: string
  /** By the names of a score's figures; undefined where no seed had anything to measure. */
  figures: Partial<Record<Figure, Estimate>>
  errors: string[]
  /** Ids of incidents nobody was told of, as `scenario/incident`, in any seed. */
  missed: string[]
}

export type Figure = Exclude<keyof Score, 'cost'> | `cost:${Weighting}`

const plainFigures = [
  'pageDetection',
  'ticketDetection',
  'reset',
  'precision',
  'recall',
  'pagesPerWeek',
  'ticketsPerWeek',
  'falsePagesPerWeek',
  'falseTicketsPerWeek',
  'nightPagesPerWeek',
  'budgetSpent',
  'idleHoursPerWeek',
  'nearMisses',
] as const satisfies Exclude<keyof Score, 'cost'>[]

export function scoreboard(results: readonly Result[]): Row[] {
  return [...Map.groupBy(results, ({ policy }) => policy)].map(([policy, ofPolicy]) => {
    const scores = [...Map.groupBy(ofPolicy, ({ seed }) => seed).values()].map(ofSeed =>
      scoreOf(ofSeed.map(({ verdict }) => verdict)),
    )
    const over = (read: (score: Score) => number | undefined) =>
      estimate(scores.flatMap(score => read(score) ?? []))
    const figures: Row['figures'] = {}
    for (const figure of plainFigures) {
      const found = over(score => score[figure])
      if (found !== undefined) figures[figure] = found
    }
    for (const weighting of Object.keys(weightings) as Weighting[])
      figures[`cost:${weighting}`] = over(({ cost }) => cost[weighting])!
    return {
      policy,
      figures,
      errors: [...new Set(ofPolicy.flatMap(({ errors }) => errors))],
      missed: [...new Set(ofPolicy.flatMap(missedBy))],
    }
  })
}

function missedBy({ scenario, objective, verdict }: Result): string[] {
  return verdict.incidents
    .filter(({ detection }) => detection === undefined)
    .map(({ id }) => `${objective}: ${scenario}/${id}`)
}

interface Limits {
  falsePages?: number | undefined
  recall?: number | undefined
  /** Seconds. */
  detection?: number | undefined
}

/** One sentence for each declared limit that a policy breaks; a figure that could not be measured breaks it too. */
export function brokenLimits(rows: readonly Row[], { falsePages, recall, detection }: Limits): string[] {
  return rows.flatMap(({ policy, figures }) => {
    const broken: string[] = []
    const check = (
      limit: number | undefined,
      figure: Figure,
      isBroken: (value: number, limit: number) => boolean,
      text: string,
    ) => {
      if (limit === undefined) return
      const value = figures[figure]?.mean
      if (value === undefined)
        broken.push(`${policy}: expected ${text} ${limit}, got nothing to measure it by`)
      else if (isBroken(value, limit))
        broken.push(`${policy}: expected ${text} ${limit}, got ${Number(value.toPrecision(3))}`)
    }
    check(falsePages, 'falsePagesPerWeek', (value, most) => value > most, 'false pages a week of at most')
    check(recall, 'recall', (value, least) => value < least, 'a recall of at least')
    check(detection, 'pageDetection', (value, most) => value > most, 'seconds until a page of at most')
    return broken
  })
}
