/** How fast our engines of the languages of logs and traces are beside the real servers on the same data. */

import { loadavg } from 'node:os'
import type { parseArgs } from 'node:util'
import { wrongUse } from '../contract/user-error.ts'
import { findProgram } from '../test/support/programs.ts'
import { logqlBenchmark, printedLogql } from './languages/logql.ts'
import { benchTraceql, printedTraceql } from './languages/traceql.ts'

export const usage = `Usage: npm run bench -- languages [options]

Searches the same traces with our TraceQL engine and with a real Tempo, by attribute and by structure, and refuses to go
on when one finds more than the other. Then the same over a quarter of them: four times as much has to take about four
times as long. Asks the same log lines of our LogQL engine and of a real Loki. Medians of the rounds for traces, shortest
times for lines; beside other work, trust the ratios and not the times.

  --only NAME   logql or traceql
  --loki BIN    the server to compare with (default: loki in PATH; without one, ours alone)
  --lines N     how many log lines (default 1000000)
  --tempo BIN   the server to compare with (default: tempo in PATH; without one, ours alone)
  --traces N    how many traces of 5 spans (default 100000)
  --rounds N    turns of each query (default 5)
  --json        print {load, logql, traceql}`

export const options = {
  only: { type: 'string' },
  loki: { type: 'string' },
  lines: { type: 'string', default: '1000000' },
  tempo: { type: 'string' },
  traces: { type: 'string', default: '100000' },
  rounds: { type: 'string', default: '5' },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

export async function run(values: Values): Promise<number> {
  const { only } = values
  if (only !== undefined && only !== 'logql' && only !== 'traceql')
    throw wrongUse(`Cannot measure "${only}": expected logql or traceql`)
  const [traces, rounds] = [positive('traces', values.traces), positive('rounds', values.rounds)]
  const lines = positive('lines', values.lines)
  const progress = (text: string) => {
    if (!values.json) process.stderr.write(`${text}\n`)
  }
  const program = (name: string, given: string | undefined, version: string) => {
    const found = findProgram(name, version)
    const path = given ?? ('program' in found ? found.program : undefined)
    if (path === undefined) progress(`no ${name} in PATH: ours alone`)
    return path
  }
  const logql =
    only === 'traceql'
      ? undefined
      : await logqlBenchmark({ lines, loki: program('loki', values.loki, 'loki 3.7') })
  const traceql =
    only === 'logql'
      ? undefined
      : await benchTraceql({ traces, rounds, tempo: program('tempo', values.tempo, 'tempo 3'), progress })
  const load = loadavg()[0]!
  if (values.json) console.log(JSON.stringify({ load, logql, traceql }))
  else {
    console.log(`load ${load.toFixed(1)}`)
    if (logql !== undefined) console.log(printedLogql(logql))
    if (traceql !== undefined) console.log(printedTraceql(traceql))
  }
  return 0
}

function positive(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw wrongUse(`Cannot read --${name}: expected a whole number above 0, got "${text}"`)
}
