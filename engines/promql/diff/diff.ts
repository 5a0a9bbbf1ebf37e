/** Asks us and a real Prometheus the same random queries over the same random data, and shows every difference. */

import { parseArgs } from 'node:util'
import { newRandom, type Random } from '../../random.ts'
import { instantQuery, rangeQuery } from '../engine/query.ts'
import type { Expr } from '../language/ast.ts'
import { allFeatures } from '../language/features.ts'
import type { Answer } from '../replay/answers.ts'
import type { When } from '../replay/promqltest-format.ts'
import { createStore, type Store } from '../store/memory.ts'
import { type Difference, differenceBetween } from './compare.ts'
import { movedData, printData, type RandomData, randomData } from './data.ts'
import { type Circumstances, explanationOf } from './explain.ts'
import { randomQuery, randomWhen } from './query.ts'
import { type RealPrometheus, startPrometheus } from './real-prometheus.ts'
import { expectationsOf } from './replay.ts'
import { type Case, moved, shrink } from './shrink.ts'

export interface DiffOptions {
  prometheus: string
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
  /** The smallest case of each difference, as a promqltest file; of the first few alone. */
  unexplained: { difference: Difference; minimal: string | undefined }[]
}

const queriesPerData = 100

export async function diff(options: DiffOptions, print: (line: string) => void): Promise<DiffReport> {
  const report: DiffReport = { equal: 0, refused: 0, empty: 0, explained: new Map(), unexplained: [] }
  for (let done = 0; done < options.queries; done += queriesPerData) {
    // Each stretch has a seed of its own, so that one can be run again alone.
    const seed = options.seed * 1_000_003 + done
    await diffOver(seed, Math.min(queriesPerData, options.queries - done), options, report, print)
  }
  return report
}

async function diffOver(
  seed: number,
  queries: number,
  { prometheus, shown = 5 }: DiffOptions,
  report: DiffReport,
  print: (line: string) => void,
): Promise<void> {
  const random = newRandom(seed)
  // Near 1970 times are small numbers, of which real ones show nothing.
  const early = randomData(random)
  const data = movedData(early, random.chance(0.5) ? 0 : (1_700_000_000 + random.below(50_000_000)) * 1000)
  const store = filled(data)
  const server = await startPrometheus(prometheus)
  try {
    await server.write(data.series)
    for (let count = 0; count < queries; count++) {
      const found = interestingCase(random, early, data, store, server)
      const { ours, theirs, difference } = await compare(found, store, server)
      if (difference === undefined) {
        report.equal++
        if (ours.type === 'error') report.refused++
        else if (isEmpty(ours)) report.empty++
        continue
      }
      const reason = await explanationOf(found, difference, {
        ours,
        theirs,
        ...askAgain(found, store, server),
      })
      if (reason !== undefined) {
        report.explained.set(reason, (report.explained.get(reason) ?? 0) + 1)
        continue
      }
      const minimal =
        report.unexplained.length < shown
          ? await minimalCase(found, difference.kind, prometheus, server)
          : undefined
      report.unexplained.push({ difference, minimal })
      print(
        `difference (${difference.kind}) in ${found.query}\n  ${difference.detail}${minimal === undefined ? '' : `\n${minimal}`}`,
      )
    }
  } finally {
    await server.stop()
  }
}

/** What 2.x does not have, or computes by another formula, beyond the edges of windows. */
const onlyIn3 = /\b3m\b|histogram_fraction|first_over_time|atan2|stddev|stdvar/

/** Most queries that find nothing are thrown back, for they show little. */
function interestingCase(
  random: Random,
  early: RandomData,
  data: RandomData,
  store: Store,
  server: RealPrometheus,
): Case {
  for (;;) {
    const asked = {
      query: randomQuery(random, server.features.length > 0),
      when: randomWhen(random, early),
      data: early,
    }
    const found = { ...moved(asked, data.start), data }
    if (server.major < 3 && onlyIn3.test(found.query)) continue
    if (!isEmpty(ourAnswer(store, found.query, found.when, server.major)) || random.chance(0.15)) return found
  }
}

async function compare(
  { query, when }: Case,
  store: Store,
  server: RealPrometheus,
): Promise<{ ours: Answer; theirs: Answer; difference: Difference | undefined }> {
  const ours = ourAnswer(store, query, when, server.major)
  const theirs = await server.ask(query, when)
  const isOrdered = when.kind === 'instant' && /^sort/.test(query)
  // Prometheus 2.42 has no infos yet, and hardly a warning.
  return {
    ours,
    theirs,
    difference: differenceBetween(ours, theirs, { isOrdered, withNotes: server.major >= 3 }),
  }
}

function isEmpty(answer: Answer): boolean {
  return (
    (answer.type === 'vector' && answer.samples.length === 0) ||
    (answer.type === 'matrix' && answer.series.length === 0)
  )
}

function askAgain(
  { query, when }: Case,
  store: Store,
  server: RealPrometheus,
): Pick<Circumstances, 'ask' | 'askTheirs'> {
  return {
    ask: other => ourAnswer(store, other, when, server.major),
    askTheirs: () => server.ask(query, when),
  }
}

export function ourAnswer(store: Store, query: string | Expr, when: When, major: number): Answer {
  const semantics = major < 3 ? 'prometheus-2' : 'prometheus-3'
  try {
    const options = { semantics, features: major < 3 ? [] : allFeatures } as const
    if (when.kind === 'instant') return instantQuery(store, query, when.start, options)
    return rangeQuery(store, query, when, options)
  } catch (error) {
    return { type: 'error', message: (error as Error).message }
  }
}

export function filled({ series }: Pick<RandomData, 'series'>): Store {
  const store = createStore({ outOfOrderWindow: Number.MAX_SAFE_INTEGER })
  for (const { labels, samples } of series) {
    for (const { time, value } of samples) {
      if (value === 'stale') store.markStale(labels, time)
      else if (typeof value === 'number') store.append(labels, time, value)
    }
  }
  return store
}

/** A new server for each trial of other data; trials of the query alone keep the one there is. */
async function minimalCase(
  found: Case,
  kind: Difference['kind'],
  prometheus: string,
  running: RealPrometheus,
): Promise<string> {
  let current = { data: found.data, store: filled(found.data), server: running }
  const differs = async (candidate: Case) => {
    if (candidate.data !== current.data) {
      if (current.server !== running) await current.server.stop()
      const server = await startPrometheus(prometheus)
      current = { data: candidate.data, store: filled(candidate.data), server }
      await server.write(candidate.data.series)
    }
    const { ours, theirs, difference } = await compare(candidate, current.store, current.server)
    if (difference?.kind !== kind) return false
    return (
      (await explanationOf(candidate, difference, {
        ours,
        theirs,
        ...askAgain(candidate, current.store, current.server),
      })) === undefined
    )
  }
  try {
    const minimal = await shrink(found, differs)
    await differs(minimal)
    return printCase(minimal, await current.server.ask(minimal.query, minimal.when))
  } finally {
    if (current.server !== running) await current.server.stop()
  }
}

function printCase({ data, query, when }: Case, theirs: Answer): string {
  if (data.start !== 0) {
    const early = printCase(moved({ data, query, when }, -data.start), theirs)
    return `# Differs only ${data.start}ms later than this:\n${early}`
  }
  const seconds = (time: number) => `${time}ms`
  const head =
    when.kind === 'instant'
      ? `eval instant at ${seconds(when.start)} ${query}`
      : `eval range from ${seconds(when.start)} to ${seconds(when.end)} step ${seconds(when.step)} ${query}`
  const expected = expectationsOf({ when, ordered: /^sort/.test(query) }, theirs)
  return [`clear`, printData(data), '', head, ...expected].join('\n')
}

const usage = `promql diff --prometheus BIN [--seed N] [--queries N] [--shown N] [--json]

Compares random queries over random data with a real Prometheus, of 2.42 or later.
  --prometheus BIN  the program to start; each start is empty and gone afterwards
  --seed N          the same seed asks the same (default 1)
  --queries N       how many to ask (default 300)
  --shown N         how many differences to make small and show (default 5)
  --json            the sums as JSON, without the differences`

/** The verb; returns its exit code. */
export async function main(
  args: readonly string[],
  print: (line: string) => void = console.log,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      prometheus: { type: 'string' },
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
  if (values.prometheus === undefined || ![seed, queries, shown].every(Number.isSafeInteger)) {
    print(`Cannot compare: expected --prometheus, and whole numbers for the rest\n\n${usage}`)
    return 2
  }
  const report = await diff(
    { prometheus: values.prometheus, seed, queries, shown },
    values.json ? () => {} : print,
  )
  const unexplained = report.unexplained.length
  if (values.json)
    print(JSON.stringify({ ...report, explained: Object.fromEntries(report.explained), unexplained }))
  else {
    for (const [reason, count] of report.explained) print(`explained: ${count} ${reason}`)
    print(
      `${report.equal} equal (${report.refused} of them refused by both, ${report.empty} empty), ${unexplained} differ`,
    )
  }
  return unexplained > 0 ? 1 : 0
}
