/** Runs Loki's `.logqltest` files on this engine. */

import { type Labels, printLabels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import { instantQuery, rangeQuery } from '../engine/query.ts'
import { createLogStore, type LogStore } from '../store/memory.ts'
import { type Evaluation, type Expected, parseTestFile } from './logqltest-format.ts'

export interface Outcome {
  line: number
  query: string
  status: 'passed' | 'failed' | 'unsupported'
  /** Why it failed, or what is not supported. */
  reason: string
}

export function runTestFile(text: string): Outcome[] {
  const outcomes: Outcome[] = []
  let store = createLogStore()
  for (const command of parseTestFile(text)) {
    if (command.kind === 'clear') store = createLogStore()
    else if (command.kind === 'load')
      for (const { labels, entry } of command.entries) store.append(labels, entry)
    else {
      const { line, query } = command
      const reason = unsupported(query)
      if (reason !== undefined) outcomes.push({ line, query, status: 'unsupported', reason })
      else {
        const problem = check(store, command)
        outcomes.push({
          line,
          query,
          status: problem === undefined ? 'passed' : 'failed',
          reason: problem ?? '',
        })
      }
    }
  }
  return outcomes
}

function unsupported(query: string): string | undefined {
  if (/\bapprox_topk\b/.test(query)) return 'approx_topk, an estimate made of shards'
  return /\bvariants\s*\(/.test(query) ? 'variants, an experiment switched off in Loki' : undefined
}

/** Undefined when all is as expected. */
function check(store: LogStore, { query, start, end, step, expected }: Evaluation): string | undefined {
  let got: Got
  try {
    got = evaluate(store, query, start, end, step)
  } catch (error) {
    if (!(error instanceof QueryError)) return `crashed: ${error}`
    return expected.kind === 'fail'
      ? failure(error, expected)
      : `expected a result, got an error: ${error.message}`
  }
  switch (expected.kind) {
    case 'fail':
      return 'expected an error, got a result'
    case 'empty':
      return got.series.length === 0 ? undefined : `expected no series, got ${got.series.length}`
    case 'scalar':
      return got.isScalar && isClose(got.series[0]!.points[0], expected.value)
        ? undefined
        : `expected the number ${expected.value}, got ${JSON.stringify(got.series[0]?.points)}`
    case 'series':
      return compare(got, expected)
  }
}

/** Errors of the grammar, of templates too, are worded by each parser in its own way: that there is one is what counts. */
const ofGrammar =
  /^(?:syntax error|unexpected |expecting )|unexpected (?:-|bool|ip)|invalid duration|missing unit|unknown unit|invalid syntax$|not defined|unclosed action/

function failure(
  error: QueryError,
  { message, pattern }: Extract<Expected, { kind: 'fail' }>,
): string | undefined {
  const wanted = message ?? pattern
  if (wanted === undefined) return undefined
  if (ofGrammar.test(wanted) && error.reason === 'parse') return undefined
  const isFound =
    message === undefined ? new RegExp(pattern!).test(error.message) : error.message.includes(message)
  return isFound ? undefined : `expected the error "${wanted}", got "${error.message}"`
}

/** The files are those of the Loki to come. */
const options = { semantics: 'next' } as const

interface Got {
  isScalar: boolean
  series: { labels: Labels; points: (number | undefined)[] }[]
}

function evaluate(store: LogStore, query: string, start: number, end: number, step: number): Got {
  if (step === 0) {
    const result = instantQuery(store, query, start, options)
    if (result.type === 'scalar')
      return { isScalar: true, series: [{ labels: new Map(), points: [result.value] }] }
    return {
      isScalar: false,
      series: result.samples.map(({ labels, value }) => ({ labels, points: [value] })),
    }
  }
  const { series } = rangeQuery(store, query, { start, end, step }, options)
  const count = Math.floor((end - start) / step) + 1
  return {
    isScalar: false,
    series: series.map(({ labels, times, values }) => {
      const points = new Array<number | undefined>(count).fill(undefined)
      times.forEach((time, index) => {
        points[Math.round((time - start) / step)] = values[index]
      })
      return { labels, points }
    }),
  }
}

function compare({ series }: Got, { series: wanted, isOrdered }: Extract<Expected, { kind: 'series' }>) {
  const write = (labels: Labels) => JSON.stringify([...labels])
  if (series.length !== wanted.length)
    return `expected ${wanted.length} series, got ${series.map(({ labels }) => printLabels(labels)).join(' ') || 'none'}`
  for (const [index, { labels, points }] of wanted.entries()) {
    const found = isOrdered ? series[index]! : series.find(one => write(one.labels) === write(labels))
    if (found === undefined || write(found.labels) !== write(labels))
      return `expected ${printLabels(labels)}, got ${series.map(one => printLabels(one.labels)).join(' ')}`
    const isEqual =
      points.length === found.points.length && points.every((point, at) => isClose(found.points[at], point))
    if (!isEqual)
      return `expected ${printLabels(labels)} ${points.map(show).join(' ')}, got ${found.points.map(show).join(' ')}`
  }
  return undefined
}

const show = (point: number | undefined) => (point === undefined ? '_' : String(point))

function isClose(got: number | undefined, wanted: number | undefined): boolean {
  if (got === undefined || wanted === undefined) return got === wanted
  if (Number.isNaN(wanted)) return Number.isNaN(got)
  return got === wanted || Math.abs(got - wanted) <= Math.abs(wanted) * 1e-6
}
