/** Runs a promqltest file against our engine, as strictly as Prometheus runs it against its own. */

import { functions } from '../engine/functions/table.ts'
import { parse } from '../engine/parse.ts'
import { instantQuery, rangeQuery } from '../engine/query.ts'
import { hasDurationExpr } from '../engine/resolve-durations.ts'
import type { InstantResult, RangeResult } from '../engine/results.ts'
import type { Expr } from '../language/ast.ts'
import { nodesOf } from '../language/ast.ts'
import { allFeatures } from '../language/features.ts'
import { createStore, type Store } from '../store/memory.ts'
import { type Answer, shortfall, shortfallOfResult } from './answers.ts'
import { canPin, pinned } from './expressions.ts'
import { type Evaluation, type Load, parseTestFile } from './promqltest-format.ts'
import {
  delayedNames,
  failsByDelayedNames,
  loadedWith,
  nothingLoaded,
  unsupportedReason,
} from './unsupported.ts'

export interface TestReport {
  passed: number
  failures: readonly TestFailure[]
  /** How many cases were left out, by reason. */
  unsupported: ReadonlyMap<string, number>
}

export interface TestFailure {
  line: number
  /** The query, or what was tested where there is none. */
  subject: string
  message: string
}

export function runPromqltest(text: string): TestReport {
  const report = { passed: 0, failures: [] as TestFailure[], unsupported: new Map<string, number>() }
  const leaveOut = (reason: string) =>
    report.unsupported.set(reason, (report.unsupported.get(reason) ?? 0) + 1)
  let store = createStore()
  let loaded = nothingLoaded
  for (const command of parseTestFile(text)) {
    if (command.kind === 'clear') {
      store = createStore()
      loaded = nothingLoaded
    } else if (command.kind === 'load') {
      load(store, command)
      loaded = loadedWith(loaded, command)
    } else {
      const reason = unsupportedReason(command, loaded)
      const message = reason === undefined ? evaluate(store, command) : undefined
      if (reason !== undefined) leaveOut(reason)
      else if (message === undefined) report.passed++
      else if (failsByDelayedNames(command, message)) leaveOut(delayedNames)
      else report.failures.push({ line: command.line, subject: command.query, message })
    }
  }
  return report
}

/** Prometheus runs its own files with all experiments enabled. */
const options = { features: allFeatures }

function load(store: Store, { series, step }: Load): void {
  for (const { labels, values } of series) {
    for (const [index, value] of values.entries()) {
      if (value === 'stale') store.markStale(labels, index * step)
      else if (typeof value === 'number') store.append(labels, index * step, value)
    }
  }
}

function evaluate(store: Store, evaluation: Evaluation): string | undefined {
  const { query, when } = evaluation
  if (when.kind === 'range')
    return shortfall(
      evaluation,
      attempt(() => rangeQuery(store, query, when, options)),
    )
  const asWritten = evaluateInstant(store, evaluation, query, when.start)
  if (asWritten !== undefined || evaluation.notes.some(note => note.kind === 'fail')) return asWritten
  const expression = parse(query, allFeatures)
  if (!canPin(expression)) return undefined
  for (const time of otherTimes(when.start)) {
    const message = evaluateInstant(store, evaluation, pinned(expression, when.start), time)
    if (message !== undefined) return `held @ ${when.start / 1000} and asked at ${time / 1000}s: ${message}`
  }
  return undefined
}

function evaluateInstant(
  store: Store,
  evaluation: Evaluation,
  query: string | Expr,
  time: number,
): string | undefined {
  const answer = attempt(() => instantQuery(store, query, time, options))
  const message = shortfall(evaluation, answer)
  const hasMiddle =
    ['vector', 'scalar'].includes(answer.type) && !evaluation.ordered && !asksForItsRange(query)
  if (message !== undefined || !hasMiddle) return message
  return middleStepShortfall(store, evaluation, query, time, answer.type === 'scalar')
}

/** `@ start()`, `step()` and their like answer otherwise in a longer range. */
function asksForItsRange(query: string | Expr): boolean {
  const expression = typeof query === 'string' ? parse(query, allFeatures) : query
  if (hasDurationExpr(expression)) return true
  return [...nodesOf(expression)].some(
    node =>
      ((node.kind === 'selector' || node.kind === 'subquery') &&
        ['start', 'end'].includes(node.shift.at?.kind ?? '')) ||
      (node.kind === 'call' && functions.get(node.name)!.variesWithQuery),
  )
}

/** An instant is also the middle step of a range; that takes other paths through the engine. */
function middleStepShortfall(
  store: Store,
  evaluation: Evaluation,
  query: string | Expr,
  time: number,
  isScalar: boolean,
): string | undefined {
  const span = { start: time - 60_000, end: time + 60_000, step: 60_000 }
  const answer = attempt(() => rangeQuery(store, query, span, options))
  // A parameter may be NaN at the other steps, which refuses the range as a whole.
  if (answer.type === 'error' && answer.message === 'Parameter value is NaN') return undefined
  if (answer.type === 'error') return `as a range: expected an answer, got the error: ${answer.message}`
  const middle = instantOf(answer as RangeResult, time, isScalar)
  const message = shortfallOfResult(evaluation, middle)
  return message && `as the middle step of a range: ${message}`
}

function instantOf(range: RangeResult, time: number, isScalar: boolean): InstantResult {
  const samples = range.series.flatMap(({ labels, times, values }) => {
    const index = times.indexOf(time)
    return index === -1 ? [] : [{ labels, time, value: values[index]! }]
  })
  const notes = { warnings: range.warnings, infos: range.infos }
  const [only] = samples
  if (isScalar && only !== undefined) return { type: 'scalar', time, value: only.value, ...notes }
  return { type: 'vector', samples, ...notes }
}

function otherTimes(time: number): number[] {
  return time === 0 ? [-1000, 0, 1000] : [-10 * time, 0, Math.trunc(time / 5), time, 10 * time]
}

function attempt(evaluate: () => InstantResult | RangeResult): Answer {
  try {
    return evaluate()
  } catch (error) {
    return { type: 'error', message: (error as Error).message }
  }
}
