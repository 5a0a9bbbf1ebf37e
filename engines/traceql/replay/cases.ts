/**
 * Cases of searches and metrics queries over kept traces, with answers that a real Tempo wrote. A file has the traces on
 * its first line, as an OTLP/JSON request with times after a base, and a case on each further line. The first answer is
 * whole, the others leave out what is the same in each answer about a trace.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { type Answer, brief, differenceBetween } from '../diff/answers.ts'
import { askOurselves, askTempo, filledStore, type Question } from '../diff/ask.ts'
import { movedTraces, type RandomTraces } from '../diff/data.ts'
import { explanationOf } from '../diff/explain.ts'
import type { RealTempo } from '../diff/real-tempo.ts'

export interface CaseFile {
  traces: RandomTraces
  cases: { question: Question; answer: Answer }[]
}

interface Totals {
  passed: number
  failed: number
}

export function readCases(path: string): CaseFile {
  const [first = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
  return { traces: JSON.parse(first), cases: lines.map(line => JSON.parse(line)) }
}

export function writeCases(path: string, { traces, cases }: CaseFile): void {
  writeFileSync(path, `${[traces, ...cases].map(each => JSON.stringify(each)).join('\n')}\n`)
}

/** Our own answers against the kept ones. */
export function replayOnOurselves({ traces, cases }: CaseFile, print: (line: string) => void): Totals {
  const base = 1_800_000_000_000_000_000n
  const store = filledStore(traces, base)
  const totals = { passed: 0, failed: 0 }
  for (const { question, answer } of cases)
    tell(
      totals,
      question,
      differenceBetween(asKept(askOurselves(store, question, base), answer), answer),
      print,
    )
  return totals
}

/** A real Tempo's answers against the kept ones. */
export async function replayOnTempo(
  tempo: RealTempo,
  tenant: string,
  { traces, cases }: CaseFile,
  print: (line: string) => void,
): Promise<Totals> {
  const base = recentBase()
  await tempo.write(tenant, movedTraces(traces, base))
  const totals = { passed: 0, failed: 0 }
  for (const { question, answer } of cases) {
    const theirs = asKept(await askTempo(tempo, tenant, question, base), answer)
    const difference = differenceBetween(answer, theirs)
    // What is by chance in Tempo was not the same when the case was written.
    const isExplained = difference !== undefined && explanationOf(question, answer, theirs) !== undefined
    tell(totals, question, isExplained ? undefined : difference, print)
  }
  return totals
}

/** As brief as the kept answer is. */
function asKept(answer: Answer, kept: Answer): Answer {
  return kept.kind === 'search' && kept.traces.every(({ root }) => root === '') ? brief(answer) : answer
}

function tell(
  totals: Totals,
  { query }: Question,
  difference: string | undefined,
  print: (line: string) => void,
): void {
  if (difference === undefined) {
    totals.passed++
    return
  }
  totals.failed++
  print(`${query}\n  ${difference.replaceAll('theirs', 'kept')}`)
}

/** Minutes ago, at a minute: Tempo leaves out what is in the future. */
export function recentBase(): bigint {
  return BigInt(Math.floor(Date.now() / 60_000) * 60 - 300) * 1_000_000_000n
}
