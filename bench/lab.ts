/** The lab beside the native stack of real servers: how fast each is there, and what it takes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { parseArgs } from 'node:util'
import { UserError, wrongUse } from '../contract/user-error.ts'
import { type Measured, measure, type Plan } from './lab/measure.ts'
import { cellsOf, rowsOf } from './lab/rows.ts'
import { type Kind, missing } from './lab/system.ts'

export const usage = `Usage: npm run bench -- lab [options]

Starts the lab and then the native stack (\`npm run stack -- native\`: the servers on the PATH), each on ports and in a folder
of its own, with the shop and its visitors: times from the command, CPU and memory of the servers, what taking in spans
and lines costs, and all queries of all dashboards, before and after so many times the spans and lines. Servers that are
not there are named and left out; without Grafana the native stack has no page. About ten minutes.

  --only NAME    lab or native
  --items N      spans, and lines, that are sent first (default 10000)
  --times N      how many times as many there are in the end (default 10)
  --seconds N    how long the visitors are alone while CPU is measured (default 30)
  --rounds N     turns of all queries (default 2)
  --json         print {load, missing, rows, empty}`

export const options = {
  only: { type: 'string' },
  items: { type: 'string', default: '10000' },
  times: { type: 'string', default: '10' },
  seconds: { type: 'string', default: '30' },
  rounds: { type: 'string', default: '2' },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

export async function run({ only, json, ...values }: Values): Promise<number> {
  if (only !== undefined && only !== 'lab' && only !== 'native')
    throw wrongUse(`Cannot measure "${only}": expected lab or native`)
  const isCompared = only !== 'lab' && missing.prometheus === undefined
  const progress = (text: string) => {
    if (!json) process.stderr.write(`${text}\n`)
  }
  const plan: Plan = {
    items: positive('items', values.items),
    times: positive('times', values.times),
    seconds: positive('seconds', values.seconds),
    rounds: positive('rounds', values.rounds),
    has: {
      loki: !isCompared || missing.loki === undefined,
      tempo: !isCompared || missing.tempo === undefined,
    },
    progress,
  }
  const absent = Object.entries(missing).map(([name, reason]) => `${name}: ${reason}`)
  for (const each of absent) progress(`not in the native stack: ${each}`)
  const lab = only === 'native' ? undefined : await inFolder('lab', plan)
  const native = isCompared ? await inFolder('native', plan).catch(tellLost) : undefined
  // What was measured of the lab took minutes and holds by itself.
  function tellLost(error: unknown): undefined {
    if (!(error instanceof UserError) || lab === undefined) throw error
    absent.push(`the native stack as a whole: ${error.message}`)
    progress(error.message)
  }
  const rows = rowsOf(lab, native)
  const load = loadavg()[0]!
  const empty = { lab: emptyOf(lab), native: emptyOf(native) }
  if (json) console.log(JSON.stringify({ load, missing: absent, rows, empty }))
  else {
    console.log(`load ${load.toFixed(1)}, ratios below 1 are in the lab's favour`)
    const cells = rows.map(cellsOf)
    const widths = [0, 1, 2].map(at => Math.max(...cells.map(row => row[at]!.length)))
    for (const row of cells)
      console.log(
        row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd(),
      )
    for (const [name, panels] of Object.entries(empty))
      for (const panel of panels) console.log(`without data in ${name}: ${panel}`)
  }
  return isCompared && native === undefined ? 1 : 0
}

const emptyOf = (measured: Measured | undefined) =>
  measured === undefined ? [] : [...new Set([...measured.first.empty, ...measured.second.empty])]

async function inFolder(kind: Kind, plan: Plan): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), `bench-${kind}-`))
  try {
    return await measure(kind, folder, plan)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function positive(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw wrongUse(`Cannot read --${name}: expected a whole number above 0, got "${text}"`)
}
