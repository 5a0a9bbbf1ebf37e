/**
 * Figures in documents stand between two comments and are written from a file that a measurement left behind:
 *
 *     <!-- figures: promql-cases -->
 *     | run on our engine | passed | failed |
 *     ...
 *     <!-- end of figures -->
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { UserError } from '../../contract/user-error.ts'

export interface Figures {
  command: string
  /** Day of the run, as 2026-11-26. */
  date: string
  machine: string
  columns: readonly string[]
  rows: string[][]
}

const folder = 'docs/figures'

export function readFigures(name: string): Figures | undefined {
  const path = `${folder}/${name}.json`
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Figures) : undefined
}

export function namesOfFigures(): string[] {
  return existsSync(folder) ? readdirSync(folder).map(file => file.replace(/\.json$/, '')) : []
}

export function keepFigures(name: string, columns: readonly string[], rows: string[][]): Figures {
  const figures = {
    command: `npm run figures -- ${name}`,
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    columns,
    rows,
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(figures, null, 2)}\n`)
  return figures
}

/** The document with the figures of that name in their place. */
export function withFigures(text: string, name: string, figures: Figures, document: string): string {
  const [start, end] = [`<!-- figures: ${name} -->`, '<!-- end of figures -->']
  const from = text.indexOf(start)
  const to = text.indexOf(end, from)
  if (from === -1 || to === -1)
    throw new UserError({
      action: `write the figures of ${name} into ${document}`,
      expected: `${start} and ${end} in it`,
    })
  return `${text.slice(0, from)}${start}\n${tableOf(figures)}\n${text.slice(to)}`
}

function tableOf({ command, date, machine, columns, rows }: Figures): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = columns.map((_, index) => (index === 0 ? '---' : '--:'))
  return `${[columns, rule, ...rows].map(line).join('\n')}\n\nBy \`${command}\` on ${date}: ${machine}.`
}

function thisMachine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  const model = cpus()[0]?.model.trim() || 'unknown processor'
  return `${availableParallelism()} × ${model}, ${memory} GiB, Node ${process.versions.node}`
}
