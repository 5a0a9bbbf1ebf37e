/** Asks us and a real Tempo the same random queries over the same random traces, and shows every difference. */

import { parseArgs } from 'node:util'
import { newRandom } from '../../random.ts'
import { type Answer, differenceBetween } from './answers.ts'
import { askOurselves, askTempo, filledStore, type Question } from './ask.ts'
import { movedTraces, type RandomTraces, randomTraces } from './data.ts'
import { explanationOf, notAsked } from './explain.ts'
import { randomQuestion } from './query.ts'
import { type RealTempo, startTempo } from './real-tempo.ts'
import { type Case, shrink } from './shrink.ts'

export interface DiffOptions {
  tempo: string
  seed: number
  queries: number
  /** Differences to shrink and show; each takes a server dozens of times. */
  shown?: number
}

export interface DiffReport {
  equal: number
  /** Of the equal ones, those where both refuse the query. */
  refused: number
  /** Of the equal ones, those where both find nothing. */
  empty: number
  /** How many differ for a reason known, by reason. */
  explained: Map<string, number>
  unexplained: number
}

const queriesPerTraces = 50

export async function diff(options: DiffOptions, print: (line: string) => void): Promise<DiffReport> {
  const report: DiffReport = { equal: 0, refused: 0, empty: 0, explained: new Map(), unexplained: 0 }
  const tempo = await startTempo(options.tempo)
  try {
    for (let done = 0; done < options.queries; done += queriesPerTraces) {
      // Each set of traces has a seed of its own, so that one can be run again alone.
      const seed = options.seed * 1_000_003 + done
      await diffOver(tempo, seed, Math.min(queriesPerTraces, options.queries - done), options, report, print)
    }
  } finally {
    await tempo.stop()
  }
  return report
}

async function diffOver(
  tempo: RealTempo,
  seed: number,
  queries: number,
  { shown = 5 }: DiffOptions,
  report: DiffReport,
  print: (line: string) => void,
): Promise<void> {
  const random = newRandom(seed)
  const traces = randomTraces(random)
  const base = recentBase()
  const tenant = await filledTenant(tempo, traces, base)
  const store = filledStore(traces, base)
  const ask = (question: Question) => askOurselves(store, question, base)
  for (let count = 0; count < queries; count++) {
    let question = randomQuestion(random, traces)
    // Most queries that find nothing are thrown back, for they show little.
    while (isEmpty(ask(question)) && random.chance(0.85)) question = randomQuestion(random, traces)
    const ours = ask(question)
    const whyNot = notAsked(question, ours)
    if (whyNot !== undefined) {
      explained(report, whyNot)
      continue
    }
    const theirs = await askTempo(tempo, tenant, question, base)
    const difference = differenceBetween(ours, theirs)
    if (difference === undefined) {
      report.equal++
      if (ours.kind === 'error') report.refused++
      else if (isEmpty(ours)) report.empty++
      continue
    }
    const reason = explanationOf(question, ours, theirs)
    if (reason !== undefined) {
      explained(report, reason)
      continue
    }
    report.unexplained++
    print(`difference in ${question.query} (seed ${seed})\n  ${difference}`)
    if (report.unexplained <= shown) print(await minimal(tempo, { question, traces }))
  }
}

function explained(report: DiffReport, reason: string): void {
  report.explained.set(reason, (report.explained.get(reason) ?? 0) + 1)
}

/** Minutes ago: Tempo leaves out what is in the future. */
function recentBase(): bigint {
  return BigInt(Math.floor(Date.now() / 60_000) * 60 - 300) * 1_000_000_000n
}

let tenants = 0

async function filledTenant(tempo: RealTempo, traces: RandomTraces, base: bigint): Promise<string> {
  const tenant = `t${++tenants}`
  await tempo.write(tenant, movedTraces(traces, base))
  return tenant
}

async function minimal(tempo: RealTempo, found: Case): Promise<string> {
  const base = recentBase()
  const known = new Map<RandomTraces, string>()
  const compared = async ({ question, traces }: Case) => {
    const tenant = known.get(traces) ?? (await filledTenant(tempo, traces, base))
    known.set(traces, tenant)
    const ours = askOurselves(filledStore(traces, base), question, base)
    const theirs = await askTempo(tempo, tenant, question, base)
    return { difference: differenceBetween(ours, theirs), ours, theirs }
  }
  const smallest = await shrink(found, async candidate => {
    const { difference, ours, theirs } = await compared(candidate)
    if (difference === undefined || ours.kind === 'error' || theirs.kind === 'error') return false
    return explanationOf(candidate.question, ours, theirs) === undefined
  })
  const { difference } = await compared(smallest)
  return `smallest: ${JSON.stringify(smallest.question)}\n${JSON.stringify(smallest.traces)}\n  ${difference}`
}

function isEmpty(answer: Answer): boolean {
  return (
    (answer.kind === 'search' && answer.traces.length === 0) ||
    (answer.kind === 'metrics' && answer.series.length === 0)
  )
}

const usage = `traceql diff --tempo BIN [--seed N] [--queries N] [--shown N] [--json]

Compares random queries over random traces with a real Tempo, of 3.0 or later.
  --tempo BIN    the program to start; it starts empty and its data is gone afterwards
  --seed N       the same seed asks the same (default 1)
  --queries N    how many to ask (default 300)
  --shown N      how many differences to make small and show (default 5)
  --json         the sums as JSON, without the differences`

/** The verb; returns its exit code. */
export async function main(
  args: readonly string[],
  print: (line: string) => void = console.log,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tempo: { type: 'string' },
      seed: { type: 'string', default: '1' },
      queries: { type: 'string', default: '300' },
      shown: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    print(usage)
    return 0
  }
  const [seed, queries, shown] = [values.seed, values.queries, values.shown].map(Number) as [
    number,
    number,
    number,
  ]
  if (values.tempo === undefined || ![seed, queries, shown].every(Number.isSafeInteger)) {
    print(`Cannot compare: expected --tempo, and whole numbers for the rest\n\n${usage}`)
    return 2
  }
  const report = await diff({ tempo: values.tempo, seed, queries, shown }, values.json ? () => {} : print)
  if (values.json) print(JSON.stringify({ ...report, explained: Object.fromEntries(report.explained) }))
  else {
    for (const [reason, count] of report.explained) print(`explained: ${count} ${reason}`)
    print(
      `${report.equal} equal (${report.refused} of them refused by both, ${report.empty} empty), ${report.unexplained} differ`,
    )
  }
  return report.unexplained > 0 ? 1 : 0
}
