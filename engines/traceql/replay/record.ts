/** Writes a file of cases: random queries over random traces, with a real Tempo's answers. */

import { newRandom } from '../../random.ts'
import { brief, differenceBetween } from '../diff/answers.ts'
import { askOurselves, askTempo, filledStore, type Question } from '../diff/ask.ts'
import { movedTraces, randomTraces } from '../diff/data.ts'
import { explanationOf } from '../diff/explain.ts'
import { randomQuestion } from '../diff/query.ts'
import type { RealTempo } from '../diff/real-tempo.ts'
import { type CaseFile, recentBase } from './cases.ts'

/** Keeps what finds something and has one answer; cases by hand come first. */
export async function record(
  tempo: RealTempo,
  seed: number,
  count: number,
  byHand: readonly Question[],
): Promise<CaseFile> {
  const random = newRandom(seed)
  const traces = randomTraces(random)
  const base = recentBase()
  const tenant = `record${seed}`
  await tempo.write(tenant, movedTraces(traces, base))
  const store = filledStore(traces, base)
  const cases: CaseFile['cases'] = []
  const lengths = new Map<string, number>()
  const waiting = [...byHand]
  while (cases.length < count) {
    const isByHand = waiting.length > 0
    const question = waiting.shift() ?? randomQuestion(random, traces)
    const answer = await askTempo(tempo, tenant, question, base)
    const again = await askTempo(tempo, tenant, question, base)
    const isSteady = differenceBetween(answer, again) === undefined
    const ours = askOurselves(store, question, base)
    const isExplained =
      differenceBetween(ours, answer) !== undefined && explanationOf(question, ours, answer) !== undefined
    if (!isSteady || isExplained) continue
    const isFirst = cases.length === 0
    const text = JSON.stringify(brief(answer))
    const shows =
      answer.kind === 'search' ? answer.traces.length : answer.kind === 'metrics' ? answer.series.length : 0
    // Errors and empty answers show little, and long ones no more than short ones.
    const kind = shows === 0 ? 'nothing' : answer.kind
    const seen = lengths.get(kind) ?? 0
    if (!isByHand && (text.length > 1500 || (kind === 'nothing' && seen > count / 10))) continue
    lengths.set(kind, seen + 1)
    const kept = isFirst ? answer : brief(answer)
    cases.push({ question, answer: kept.kind === 'error' ? { kind: 'error', message: '' } : kept })
  }
  return { traces, cases }
}
