/** The report on months that were simulated: of those that were played the first of each scenario is drawn. */
import { playMonth, type Task } from '../months.ts'
import { day } from '../scenarios/scenario.ts'
import { around } from '../scenarios/span.ts'
import type { Row } from '../score/board.ts'
import type { Result } from '../score/result.ts'
import { escaped } from './escape.ts'
import { burnDetails, htmlPage, section } from './html.ts'
import { monthChart } from './month-chart.ts'

/** The tasks with those marked that the report draws. */
export function drawnTasks(tasks: readonly Task[]): Task[] {
  const first = firstSeed(tasks)
  return tasks.map(task => ({ ...task, isDrawn: task.seed === first }))
}

export function simulationReport(
  rows: readonly Row[],
  results: readonly Result[],
  tasks: readonly Task[],
): string {
  const first = firstSeed(tasks)
  const months = tasks.filter(({ seed }) => seed === first)
  const [{ setting }] = months as [Task]
  const drawn = results.filter(({ seed }) => seed === first)
  return htmlPage({
    about: `${new Set(months.map(({ scenario }) => scenario.name)).size} scenarios of ${setting.days} days, scraped and evaluated at ${setting.resolution}.`,
    rows,
    heading: 'Month by month',
    parts: [
      ...Map.groupBy(
        months,
        ({ scenario, setting }) => `${scenario.name} ${setting.objective.name}`,
      ).values(),
    ].map(same => monthSection(same, drawn)),
    rules: definitions(months),
  })
}

function firstSeed(tasks: readonly Task[]): number {
  return Math.min(...tasks.map(({ seed }) => seed))
}

/** By policy and objective. */
function definitions(months: readonly Task[]): Map<string, string> {
  return new Map(
    months.flatMap(({ setting, policies }) =>
      policies.map(({ name, rules }): [string, string] => [`${name}, ${setting.objective.name}`, rules]),
    ),
  )
}

/** `same` is the same month for one policy or for several. */
function monthSection(same: readonly Task[], results: readonly Result[]): string {
  const [{ scenario, setting, seed }] = same as [Task]
  const { objective, days } = setting
  const rows = same
    .flatMap(({ policies }) => policies)
    .flatMap(({ name }) =>
      results.filter(
        result =>
          result.policy === name && result.scenario === scenario.name && result.objective === objective.name,
      ),
    )
  const { events } = playMonth(scenario, setting, seed)
  const whole = { start: 0, end: days * day }
  const chart = (span: typeof whole) => monthChart(scenario.name, objective, events, span, whole.end, rows)
  const [incident] = rows[0]?.verdict.incidents ?? []
  const closely =
    incident === undefined
      ? ''
      : `<details><summary>${escaped(incident.id)} from close by</summary>${chart(around(incident, whole))}
${burnDetails(rows, 1)}</details>`
  return section(
    scenario.title,
    `${scenario.name}, ${objective.name}`,
    `${chart(whole)}\n${burnDetails(rows, 0)}\n${closely}`,
  )
}
