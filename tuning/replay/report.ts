/** The report on a replay: what each rule file said over the whole span, and around each incident. */

import type { PolicyRules } from '../month.ts'
import { burnDetails, htmlPage, section } from '../report/html.ts'
import { toldChart } from '../report/month-chart.ts'
import { around } from '../scenarios/span.ts'
import type { Row } from '../score/board.ts'
import type { Result } from '../score/result.ts'
import { type History, momentOf } from './replay.ts'

export function replayReport(
  { from, to, incidents }: History,
  policies: readonly PolicyRules[],
  rows: readonly Row[],
  results: readonly Result[],
): string {
  const whole = { start: from, end: to }
  const judged = results[0]?.verdict.incidents ?? []
  const closely = judged.slice(0, (results[0]?.drawn?.length ?? 1) - 1).map((incident, index) => {
    const title = incidents.find(({ id }) => id === incident.id)?.title ?? incident.id
    const span = around(incident, whole)
    return section(
      title,
      `${momentOf(incident.start)} to ${momentOf(incident.end)}`,
      `${toldChart(title, span, results)}\n${burnDetails(results, index + 1)}`,
    )
  })
  return htmlPage({
    about: `What happened from ${momentOf(from)} to ${momentOf(to)}, with ${judged.length} incident${judged.length === 1 ? '' : 's'} that somebody should hear of.`,
    rows,
    heading: 'What they said',
    parts: [
      section(
        'The whole time',
        '',
        `${toldChart('The whole time', whole, results)}\n${burnDetails(results, 0)}`,
      ),
      ...closely,
    ],
    rules: new Map(policies.map(({ name, rules }) => [name, rules])),
  })
}
