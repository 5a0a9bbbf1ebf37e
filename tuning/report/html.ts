/** The report as one HTML file that needs nothing else: the scoreboard, the trade-off, and what happened when. */
import type { Row } from '../score/board.ts'
import type { Result } from '../score/result.ts'
import { burnChart, burnStyle } from './burn-chart.ts'
import { escaped } from './escape.ts'
import { chartStyle } from './month-chart.ts'
import { tableCells } from './table.ts'
import { tradeOff } from './trade-off.ts'

interface Report {
  /** What was played or replayed, as a sentence. */
  about: string
  rows: readonly Row[]
  /** Above the parts. */
  heading: string
  /** What happened when, as HTML. */
  parts: readonly string[]
  /** Rule files by what they are called. */
  rules: ReadonlyMap<string, string>
}

export function htmlPage({ about, rows, heading, parts, rules }: Report): string {
  const names = rows.map(({ policy }) => policy)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>How ${escaped(names.join(', '))} did</title>
<style>${style}</style>
<h1>How ${names.length === 1 ? 'a policy' : `${names.length} policies`} did</h1>
<p>${escaped(about)} Times are medians; false, night and cost are per week of one service.</p>
<h2>Scoreboard</h2>
<div class="wide" role="region" aria-label="Scoreboard" tabindex="0">${scoreboardTable(rows)}</div>
<h2>Detection against false pages</h2>
${tradeOff(rows)}
<h2>${escaped(heading)}</h2>
<p class="legend"><b class="incident"></b> an incident that somebody should hear of <b class="missed"></b> one that nobody was told of
<b class="page"></b> a page <b class="ticket"></b> a ticket <b class="false"></b> about nothing</p>
${parts.join('\n')}
<h2>The rules</h2>
${[...rules]
  .map(
    ([name, text]) =>
      `<details><summary>${escaped(name)}</summary><pre tabindex="0">${escaped(text)}</pre></details>`,
  )
  .join('\n')}
</html>
`
}

export function section(title: string, small: string, content: string): string {
  return `<section><h3>${escaped(title)} <small>${escaped(small)}</small></h3>
${content}</section>`
}

/** How each policy's conditions stood to their thresholds in the span of this place among those that were drawn. */
export function burnDetails(results: readonly Result[], place: number): string {
  return results
    .flatMap(({ policy, drawn = [] }) =>
      drawn[place] === undefined
        ? []
        : [
            `<details><summary>Conditions of ${escaped(policy)} against their thresholds</summary>${burnChart(policy, drawn[place])}</details>`,
          ],
    )
    .join('\n')
}

function scoreboardTable(rows: readonly Row[]): string {
  const [head, ...body] = tableCells(rows)
  const line = (cells: readonly string[], tag: 'th' | 'td') =>
    `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<table><thead>${line(head!, 'th')}</thead><tbody>${body.map(row => line(row, 'td')).join('')}</tbody></table>`
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
${burnStyle}
pre { overflow-x: auto; font-size: 13px } summary { cursor: pointer }`
