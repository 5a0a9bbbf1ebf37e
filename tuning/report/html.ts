/** The report as one HTML file that needs nothing else: the scoreboard, the trade-off, and what happened in each month. */
import { playMonth, type Task } from '../months.ts'
import { day } from '../scenarios/scenario.ts'
import type { Row } from '../score/board.ts'
import type { Result } from '../score/result.ts'
import { escaped } from './escape.ts'
import { chartStyle, monthChart } from './month-chart.ts'
import { tableCells } from './table.ts'
import { tradeOff } from './trade-off.ts'

/** Of the months that were played the first of each scenario is drawn. */
export function htmlReport(rows: readonly Row[], results: readonly Result[], tasks: readonly Task[]): string {
  const first = Math.min(...tasks.map(({ seed }) => seed))
  const months = tasks.filter(({ seed }) => seed === first)
  const names = rows.map(({ policy }) => policy)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>How ${escaped(names.join(', '))} did</title>
<style>${style}</style>
<h1>How ${names.length === 1 ? 'a policy' : `${names.length} policies`} did</h1>
<p>${new Set(months.map(({ scenario }) => scenario.name)).size} scenarios of ${months[0]!.setting.days} days,
scraped and evaluated at ${months[0]!.setting.resolution}. Times are medians; false, night and cost are per week of one service.</p>
<h2>Scoreboard</h2>
<div class="wide">${scoreboardTable(rows)}</div>
<h2>Detection against false pages</h2>
${tradeOff(rows)}
<h2>Month by month</h2>
<p class="legend"><b class="incident"></b> an incident that somebody should hear of <b class="missed"></b> one that nobody was told of
<b class="page"></b> a page <b class="ticket"></b> a ticket <b class="false"></b> about nothing</p>
${[...Map.groupBy(months, ({ scenario, setting }) => `${scenario.name} ${setting.objective.name}`).values()]
  .map(same =>
    monthSection(
      same,
      results.filter(({ seed }) => seed === first),
    ),
  )
  .join('\n')}
<h2>The rules</h2>
${[...definitions(months)]
  .map(
    ([name, rules]) => `<details><summary>${escaped(name)}</summary><pre>${escaped(rules)}</pre></details>`,
  )
  .join('\n')}
</html>
`
}

function scoreboardTable(rows: readonly Row[]): string {
  const [head, ...body] = tableCells(rows)
  const line = (cells: readonly string[], tag: 'th' | 'td') =>
    `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<table><thead>${line(head!, 'th')}</thead><tbody>${body.map(row => line(row, 'td')).join('')}</tbody></table>`
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
  return `<section><h3>${escaped(scenario.title)} <small>${escaped(`${scenario.name}, ${objective.name}`)}</small></h3>
${monthChart(scenario.name, objective, events, { start: 0, end: days * day }, days * day, rows)}</section>`
}

const style = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #667085; --line: #d0d5dd; --paper: #fff;
  --page: #d92d20; --ticket: #dc8a04; --incident: #b9d4f5; --missed: #f3b8c8; --plot: #2563c9 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #344054; --paper: #12161d;
  --page: #f97066; --ticket: #fdb022; --incident: #23456e; --missed: #6b2438; --plot: #84b4f7 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1140px; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem } h3 { margin-bottom: .3rem } small { color: var(--soft); font-weight: normal }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--paper) } th { color: var(--soft); font-weight: 500 }
${chartStyle}
pre { overflow-x: auto; font-size: 13px } summary { cursor: pointer }`
