/** The report as one HTML file that needs nothing else: the scoreboard, the trade-off, and what happened in each month. */
import { roundedDuration } from '../../contract/durations.ts'
import { playMonth, type Task } from '../months.ts'
import { day } from '../scenarios/scenario.ts'
import type { Row } from '../score/board.ts'
import type { Result } from '../score/result.ts'
import { escaped } from './escape.ts'
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

const [width, left, rowHeight, chartHeight] = [1100, 130, 22, 90]

/** `same` is the same month for one policy or for several. */
function monthSection(same: readonly Task[], results: readonly Result[]): string {
  const [{ scenario, setting, seed }] = same as [Task]
  const { objective, days } = setting
  const ofMonth = same
    .flatMap(({ policies }) => policies)
    .flatMap(({ name }) =>
      results.filter(
        result =>
          result.policy === name && result.scenario === scenario.name && result.objective === objective.name,
      ),
    )
  const x = (seconds: number) => left + (seconds / (days * day)) * (width - left)
  const span = (from: number, to: number) => Math.max(2, x(to) - x(from)).toFixed(1)
  const height = chartHeight + 14 + ofMonth.length * rowHeight
  const { events } = playMonth(scenario, setting, seed)
  const ratios = ratiosOver(events.truth, objective.sli.kind === 'latency' ? 'slow' : 'failed', width - left)
  const most = Math.max(...ratios.map(ratio => ratio ?? 0), 1 - objective.objective / 100)
  const points = ratios.map((ratio, i) =>
    ratio === undefined
      ? ''
      : `${left + i},${(chartHeight - (ratio / most) * (chartHeight - 10)).toFixed(1)}`,
  )
  const policyRow = ({ policy, verdict }: Result, index: number) => {
    const y = chartHeight + 14 + index * rowHeight
    const incidents = verdict.incidents.map(({ id, start, end, wanted, detection }) => {
      const told = detection === undefined ? 'nobody was told' : `told after ${roundedDuration(detection)}`
      return `<rect class="${detection === undefined ? 'missed' : 'incident'}" x="${x(start).toFixed(1)}" y="${y}" width="${span(start, end)}" height="${rowHeight - 6}"><title>${escaped(`${id}, wants a ${wanted}: ${told}`)}</title></rect>`
    })
    const notifications = verdict.notifications.map(({ severity, from, to = days * day, incident }) => {
      const about = incident === undefined ? 'about nothing' : `about ${incident}`
      return `<rect class="${severity}${incident === undefined ? ' false' : ''}" x="${x(from).toFixed(1)}" y="${y + (severity === 'page' ? 2 : 9)}" width="${span(from, to)}" height="5"><title>${escaped(`a ${severity} ${about}, for ${roundedDuration(to - from)}`)}</title></rect>`
    })
    return `<text x="0" y="${y + 12}">${escaped(policy)}</text>${incidents.join('')}${notifications.join('')}`
  }
  return `<section><h3>${escaped(scenario.title)} <small>${escaped(`${scenario.name}, ${objective.name}`)}</small></h3>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(`${scenario.name}: share of errors, and what each policy said`)}">
<text x="0" y="14">${percent(most)}</text><text x="0" y="${chartHeight}">0</text>
<line class="grid" x1="${left}" x2="${width}" y1="${chartHeight}" y2="${chartHeight}"/>
<polyline points="${points.join(' ')}"/>
${ofMonth.map(policyRow).join('\n')}
</svg></section>`
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))}%`
}

/** The share of bad events in each of so many equal parts of the month; undefined where nothing happened. */
function ratiosOver(
  truth: { all: Float64Array; failed: Float64Array; slow: Float64Array },
  bad: 'failed' | 'slow',
  parts: number,
): (number | undefined)[] {
  const last = truth.all.length - 1
  const at = (column: Float64Array, part: number) => column[Math.round((part / parts) * last)]!
  return Array.from({ length: parts }, (_, part) => {
    const all = at(truth.all, part + 1) - at(truth.all, part)
    return all === 0 ? undefined : (at(truth[bad], part + 1) - at(truth[bad], part)) / all
  })
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
svg { width: 100%; height: auto; display: block } svg text { font: 12px system-ui, sans-serif; fill: var(--soft) }
polyline { fill: none; stroke: var(--plot); stroke-width: 1.2 } .grid { stroke: var(--line) } circle { fill: var(--plot) }
rect.incident { fill: var(--incident) } rect.missed { fill: var(--missed); stroke: var(--page); stroke-dasharray: 3 2 }
rect.page { fill: var(--page) } rect.ticket { fill: var(--ticket) } rect.false { fill: none; stroke-width: 1.5 }
rect.page.false { stroke: var(--page) } rect.ticket.false { stroke: var(--ticket) }
.legend b { display: inline-block; width: 1.4em; height: .7em; margin: 0 .3em 0 1em } .legend .incident { background: var(--incident) }
.legend .missed { background: var(--missed); outline: 1px dashed var(--page) } .legend .page { background: var(--page) }
.legend .ticket { background: var(--ticket) } .legend .false { outline: 1.5px solid var(--soft) }
pre { overflow-x: auto; font-size: 13px } summary { cursor: pointer }`
