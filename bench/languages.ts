/** How fast our engines of the languages of logs and traces are beside the real servers on the same data. */

import { loadavg } from 'node:os'
import type { parseArgs } from 'node:util'
import { wrongUse } from '../contract/user-error.ts'
import { findProgram } from '../test/support/programs.ts'
import { benchTraceql, printedTraceql } from './languages/traceql.ts'

export const usage = `Usage: npm run bench -- languages [options]

Searches the same traces with our TraceQL engine and with a real Tempo, by attribute and by structure, and refuses to go
on when one finds more than the other. Then the same over a quarter of them: four times as much has to take about four
times as long. Medians of the rounds; beside other work, trust the ratios and not the times.

  --tempo BIN   the server to compare with (default: tempo in PATH; without one, ours alone)
  --traces N    how many traces of 5 spans (default 100000)
  --rounds N    turns of each query (default 5)
  --json        print {load, traceql}`

export const options = {
  tempo: { type: 'string' },
  traces: { type: 'string', default: '100000' },
  rounds: { type: 'string', default: '5' },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

export async function run(values: Values): Promise<number> {
  const [traces, rounds] = [positive('traces', values.traces), positive('rounds', values.rounds)]
  const progress = (text: string) => {
    if (!values.json) process.stderr.write(`${text}\n`)
  }
  const found = findProgram('tempo', 'tempo 3')
  const tempo = values.tempo ?? ('program' in found ? found.program : undefined)
  if (tempo === undefined) progress('no tempo in PATH: ours alone')
  const traceql = await benchTraceql({ traces, rounds, tempo, progress })
  const load = loadavg()[0]!
  console.log(
    values.json ? JSON.stringify({ load, traceql }) : `load ${load.toFixed(1)}\n${printedTraceql(traceql)}`,
  )
  return 0
}

function positive(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw wrongUse(`Cannot read --${name}: expected a whole number above 0, got "${text}"`)
}
