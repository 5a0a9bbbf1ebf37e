/** Runs promtool's unit tests of rules on our evaluator, with the same verdicts. */

import { globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { keyOf, type Labels, noLabels, printLabels } from '../../labels.ts'
import { instantQuery } from '../engine/query.ts'
import type { Expr } from '../language/ast.ts'
import { nodesOf } from '../language/ast.ts'
import { createEvaluator, type Evaluator } from '../rules/evaluate.ts'
import type { RuleGroup } from '../rules/groups.ts'
import { loadRules } from '../rules/load.ts'
import { createStore, type Store } from '../store/memory.ts'
import type { TestFailure, TestReport } from './promqltest.ts'
import { printNumber, type SeriesLine } from './series-notation.ts'
import {
  type AlertTest,
  parseUnitTests,
  type QueryTest,
  type UnitTest,
  type UnitTestFile,
} from './unit-tests-format.ts'

/** Rule files are sought beside the test file. */
export function runUnitTests(text: string, path: string): TestReport {
  const file = parseUnitTests(text)
  const failures: TestFailure[] = []
  let passed = 0
  const ruleFiles = file.ruleFiles.flatMap(pattern => globSync(resolve(dirname(path), pattern)).sort())
  for (const test of file.tests) {
    const messages = attempt(() => runTest(test, file, loadGroups(ruleFiles, file.groupOrder)))
    if (messages.length === 0) passed++
    else failures.push({ line: test.line, subject: test.name, message: messages.join('\n') })
  }
  return { passed, failures, unsupported: new Map() }
}

/** In the order told; groups that are not in it come with the first. */
function loadGroups(ruleFiles: readonly string[], order: readonly string[]): RuleGroup[] {
  const place = ({ name }: RuleGroup) => Math.max(0, order.indexOf(name))
  const groups = ruleFiles.flatMap(file => loadRules(readFileSync(file, 'utf8'), file))
  return groups.sort((a, b) => place(a) - place(b))
}

function attempt(run: () => string[]): string[] {
  try {
    return run()
  } catch (error) {
    return [(error as Error).message]
  }
}

function runTest(test: UnitTest, file: UnitTestFile, groups: readonly RuleGroup[]): string[] {
  const { evaluationInterval: interval } = file
  const store = createStore()
  const query = { defaultSubqueryStep: interval }
  const { externalLabels, externalUrl } = test
  // promtool evaluates every group at its own interval, whatever the group says.
  const evenly = groups.map(group => ({ ...group, interval }))
  const evaluator = createEvaluator(evenly, store, { interval, externalLabels, externalUrl, query })
  const appendUntil = gradually(store, test)
  const lastTick = (time: number) => Math.floor(time / interval) * interval
  const end = Math.max(0, ...[...test.alertTests, ...test.queryTests].map(({ time }) => time))
  // No rule sees a sample before its time; where one looks ahead, samples come tick by tick.
  const stride = groups.some(group => group.rules.some(({ expr }) => looksAhead(expr))) ? interval : undefined
  const messages: string[] = []
  let next = 0
  for (const stop of stopsOf([...test.alertTests.map(({ time }) => lastTick(time)), lastTick(end)], stride)) {
    appendUntil(stop)
    evaluator.runRange(next, stop)
    next = stop + interval
    const faults = evaluator
      .status()
      .flatMap(({ rule, firstError }) => (firstError ? [{ rule, ...firstError }] : []))
    if (faults.length > 0) {
      const first = faults.reduce((a, b) => (b.time < a.time ? b : a))
      return [...messages, `rule: ${first.rule.name}, time: ${first.time / 1000}s, err: ${first.message}`]
    }
    const due = test.alertTests.filter(({ time }) => lastTick(time) === stop)
    messages.push(...due.sort((a, b) => a.time - b.time).flatMap(alert => checkAlerts(alert, evaluator)))
  }
  return [...messages, ...test.queryTests.flatMap(one => checkQuery(one, store, query, file.fuzzyCompare))]
}

function stopsOf(times: readonly number[], stride: number | undefined): number[] {
  const last = Math.max(...times)
  const between =
    stride === undefined ? [] : Array.from({ length: last / stride }, (_, index) => index * stride)
  return [...new Set([...between, ...times])].sort((a, b) => a - b)
}

function looksAhead(expression: Expr): boolean {
  return [...nodesOf(expression)].some(
    node =>
      (node.kind === 'selector' || node.kind === 'subquery') &&
      (node.shift.offset < 0 || node.shift.at !== undefined),
  )
}

/** Appends the samples of all series up to a time, each once. */
function gradually(store: Store, { series, interval }: UnitTest): (time: number) => void {
  const cursors = series.map(({ labels, values }) => ({ appender: store.series(labels), values, next: 0 }))
  return until => {
    for (const cursor of cursors) {
      for (; cursor.next < cursor.values.length && cursor.next * interval <= until; cursor.next++)
        append(cursor.appender, cursor.next * interval, cursor.values[cursor.next]!)
    }
  }
}

function append(
  appender: ReturnType<Store['series']>,
  time: number,
  value: SeriesLine['values'][number],
): void {
  if (value === 'stale') appender.markStale(time)
  else if (typeof value === 'number') appender.append(time, value)
}

function checkAlerts({ name, time, expected }: AlertTest, evaluator: Evaluator): string[] {
  const firing = evaluator.alerts().filter(alert => alert.rule.name === name && alert.state === 'firing')
  const want = expected.map(printAlert).sort()
  const got = firing.map(({ labels, annotations }) => printAlert({ labels, annotations })).sort()
  if (want.join('\n') === got.join('\n')) return []
  return [`alertname: ${name}, time: ${time / 1000}s,\n  exp:${printList(want)},\n  got:${printList(got)}`]
}

function checkQuery(
  { query, time, expected }: QueryTest,
  store: Store,
  options: { defaultSubqueryStep: number },
  fuzzy: boolean,
): string[] {
  const head = `expr: ${JSON.stringify(query)}, time: ${time / 1000}s`
  let got: Sample[]
  try {
    got = samplesOf(store, query, time, options)
  } catch (error) {
    return [`${head}, err: ${(error as Error).message}`]
  }
  const [wanted, found] = [inOrder(expected), inOrder(got)]
  const isSame =
    wanted.length === found.length &&
    wanted.every(({ labels, value }, index) => {
      const other = found[index]!
      return keyOf(labels) === keyOf(other.labels) && sameValue(value, other.value, fuzzy)
    })
  return isSame ? [] : [`${head},\n  exp: ${printSamples(wanted)}\n  got: ${printSamples(found)}`]
}

interface Sample {
  labels: Labels
  value: number
}

function samplesOf(
  store: Store,
  query: string,
  time: number,
  options: { defaultSubqueryStep: number },
): Sample[] {
  const result = instantQuery(store, query, time, options)
  if (result.type === 'vector') return [...result.samples]
  if (result.type === 'scalar') return [{ labels: noLabels, value: result.value }]
  throw new Error('rule result is not a vector or scalar')
}

/** NaN equals nothing, to promtool either. */
function sameValue(a: number, b: number, fuzzy: boolean): boolean {
  return a === b || (fuzzy && (neighbour(a, -1) === b || neighbour(a, 1) === b))
}

/** The next number below or above. */
function neighbour(value: number, direction: 1 | -1): number {
  if (Number.isNaN(value) || value === direction * Number.POSITIVE_INFINITY) return value
  if (value === 0) return direction * Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 === direction > 0 ? 1n : -1n))
  return view.getFloat64(0)
}

function inOrder(samples: readonly Sample[]): Sample[] {
  return samples.toSorted((a, b) => (keyOf(a.labels) < keyOf(b.labels) ? -1 : 1))
}

function printAlert({ labels, annotations }: { labels: Labels; annotations: Labels }): string {
  return `Labels:${printLabels(labels)} Annotations:${printLabels(annotations)}`
}

function printList(lines: readonly string[]): string {
  return lines.length === 0 ? '[]' : `[${lines.map(line => `\n    ${line}`).join('')}\n  ]`
}

function printSamples(samples: readonly Sample[]): string {
  return (
    samples.map(({ labels, value }) => `${printLabels(labels)} ${printNumber(value)}`).join(', ') || 'nil'
  )
}
