/** The scoreboard as a table for a terminal or for Markdown. */
import { roundedDuration } from '../../contract/durations.ts'
import type { Figure, Row } from '../score/board.ts'
import type { Estimate } from '../score/score.ts'

interface Column {
  title: string
  figure: Figure
  print: (value: number) => string
}

const percent = (value: number) => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)}%`
const count = (value: number) => value.toFixed(2)

const columns: readonly Column[] = [
  { title: 'page after', figure: 'pageDetection', print: roundedDuration },
  { title: 'ticket after', figure: 'ticketDetection', print: roundedDuration },
  { title: 'reset', figure: 'reset', print: roundedDuration },
  { title: 'precision', figure: 'precision', print: percent },
  { title: 'recall', figure: 'recall', print: percent },
  { title: 'pages/w', figure: 'pagesPerWeek', print: count },
  { title: 'false/w', figure: 'falsePagesPerWeek', print: count },
  { title: 'night/w', figure: 'nightPagesPerWeek', print: count },
  { title: 'tickets/w', figure: 'ticketsPerWeek', print: count },
  { title: 'budget spent', figure: 'budgetSpent', print: percent },
  { title: 'idle h/w', figure: 'idleHoursPerWeek', print: count },
  { title: 'near', figure: 'nearMisses', print: value => value.toFixed(0) },
  { title: 'balanced', figure: 'cost:balanced', print: count },
  { title: 'quiet', figure: 'cost:quiet', print: count },
  { title: 'safe', figure: 'cost:safe', print: count },
]

export function terminalTable(rows: readonly Row[]): string {
  const table = tableCells(rows)
  const widths = table[0]!.map((_, column) => Math.max(...table.map(row => row[column]!.length)))
  return table
    .map(row =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n')
}

export function markdownTable(rows: readonly Row[]): string {
  const [head, ...body] = tableCells(rows)
  const line = (row: readonly string[]) => `| ${row.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [
    line(head!),
    line(head!.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...body.map(line),
  ].join('\n')
}

export function tableCells(rows: readonly Row[]): string[][] {
  return [
    ['policy', ...columns.map(({ title }) => title)],
    ...rows.map(({ policy, figures }) => [
      policy,
      ...columns.map(({ figure, print }) => cell(figures[figure], print)),
    ]),
  ]
}

function cell(value: Estimate | undefined, print: Column['print']): string {
  if (value === undefined) return '-'
  return value.within === undefined || value.within === 0
    ? print(value.mean)
    : `${print(value.mean)} ±${print(value.within)}`
}
